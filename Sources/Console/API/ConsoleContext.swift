internal import Hummingbird
internal import NIOCore

/// Request context with the peer's address.
struct ConsoleContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Without the port.
    let remoteAddress: String

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        remoteAddress = source.channel.remoteAddress?.ipAddress ?? "?"
    }
}
