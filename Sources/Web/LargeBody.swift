internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore

/// What a request knows of its connection.
struct WebContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}

/// The body of a large answer, which waits until its client takes it: part by part, so that its share is held until then.
struct LargeBody: Sendable {
    let bytes: [UInt8]
    let share: BodyBudget.Share
    let eventLoop: any EventLoop

    /// Bytes that are sent at once; a body of no more is not large.
    static let partBytes = 64 << 10

    var body: ResponseBody {
        ResponseBody(contentLength: bytes.count) { writer in
            for start in stride(from: 0, to: bytes.count, by: Self.partBytes) {
                try await writer.write(
                    ByteBuffer(bytes: bytes[start..<min(start + Self.partBytes, bytes.count)]))
                // The connection has the part now and says whether it takes more: before that, any number would be queued.
                try await eventLoop.submit {}.get()
            }
            try await writer.finish(nil)
            withExtendedLifetime(share) {}
        }
    }
}
