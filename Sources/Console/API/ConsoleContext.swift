internal import Hummingbird
internal import NIOCore

/// A request's context: who is at the other end of the connection.
struct ConsoleContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Without the port.
    let remoteAddress: String

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        remoteAddress = source.channel.remoteAddress?.ipAddress ?? "?"
    }
}
