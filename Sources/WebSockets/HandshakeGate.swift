internal import HTTPTypes
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPTypesHTTP1

/// Decides on WebSocket upgrades by the first request of a connection: an accepted one passes unchanged, any other
/// loses its `Upgrade` headers and is answered as HTTP. (NIO's upgrader drops requests it refuses.)
///
/// Also enforces the idle timeout before the first request.
final class HandshakeGate: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// Nil if the request does not open a WebSocket; a route of the same path then gives the reason.
    typealias Door = @Sendable (_ request: HTTPRequest, _ address: String) -> WebSocketOpening?

    private(set) var opening: WebSocketOpening?
    private let door: Door
    private let patience: TimeAmount
    private var deadline: Scheduled<Void>?
    private var hasSeenRequest = false
    /// The bytes were not a request: its answer was sent, and the rest is discarded.
    private var hasRefused = false
    /// How long it is: unread bytes would turn our close into a reset, and the answer would be lost.
    private static let lingering = TimeAmount.seconds(2)

    init(patience: TimeAmount, _ door: @escaping Door) {
        self.patience = patience
        self.door = door
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        deadline = context.eventLoop.scheduleTask(in: patience) { channel.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasSeenRequest, case .head(var head) = unwrapInboundIn(data) else {
            if case .end = unwrapInboundIn(data) { deadline?.cancel() }
            return context.fireChannelRead(data)
        }
        hasSeenRequest = true
        if head.headers.contains(name: "Upgrade") {
            opening = opening(for: head, context)
            if opening == nil {
                head.headers.remove(name: "Upgrade")
                head.headers.replaceOrAdd(name: "Connection", value: "close")
            }
        }
        // From here on the HTTP handlers enforce timeouts.
        if opening == nil { deadline?.cancel() }
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        let isOver = hasRefused && event as? ChannelEvent == .inputClosed
        if isOver || (event is ChannelShouldQuiesceEvent && !hasSeenRequest) { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if hasRefused { return }
        guard let error = error as? HTTPParserError, !hasSeenRequest else { return context.fireErrorCaught(error) }
        hasRefused = true
        let head = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(for: error),
            headers: ["Connection": "close", "Content-Length": "0"])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.close(mode: .output, promise: nil)
        let channel = context.channel
        deadline?.cancel()
        deadline = context.eventLoop.scheduleTask(in: Self.lingering) { channel.close(promise: nil) }
    }

    /// Checks the handshake of RFC 6455, 4.2.1, then asks the door. Each relevant header must occur once.
    private func opening(for head: HTTPRequestHead, _ context: ChannelHandlerContext) -> WebSocketOpening? {
        var head = head
        guard RequestHost.resolve(&head) else { return nil }
        let headers = head.headers
        guard head.method == .GET, head.version == .http1_1,
            headers[canonicalForm: "Upgrade"].map({ $0.lowercased() }) == ["websocket"],
            headers[canonicalForm: "Connection"].contains(where: { $0.lowercased() == "upgrade" }),
            headers["Sec-WebSocket-Version"] == ["13"], headers["Sec-WebSocket-Key"].count == 1,
            Self.isKey(headers["Sec-WebSocket-Key"][0]), headers["Origin"].count <= 1,
            headers["Authorization"].count <= 1, !headers.contains(name: "Content-Length"),
            !headers.contains(name: "Transfer-Encoding"),
            let request = try? HTTPRequest(head, secure: false, splitCookie: false)
        else { return nil }
        return door(request, context.channel.remoteAddress?.ipAddress ?? "?")
    }

    /// 16 bytes in Base64.
    private static func isKey(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return bytes.count == 24 && bytes.suffix(2).elementsEqual("==".utf8)
            && bytes.dropLast(2).allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
                    true
                default: false
                }
            }
    }
}
