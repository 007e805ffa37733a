internal import NIOCore
internal import NIOHTTP1

/// What HTTP/1.1 asks of a server beyond parsing (RFC 9110, 9112): exactly one `Host`, `100 Continue` where a client
/// waits for it, and an end of the connection after a response to HTTP/1.0.
final class RequestRules: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// Requests that are not answered yet.
    private var open = 0
    /// Of the request that is refused; what comes after it is not read.
    private var refusal: HTTPResponseStatus?

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard refusal == nil else { return }
        guard case .head(var head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
        let isOld = head.version.major < 1 || (head.version.major == 1 && head.version.minor == 0)
        let hosts = head.headers["Host"].count
        guard hosts == 1 || (hosts == 0 && isOld) else {
            return refuse(.badRequest, context)
        }
        let expected = head.headers["Expect"]
        if !expected.isEmpty, !isOld {
            guard expected.count == 1, expected[0].lowercased() == "100-continue" else {
                return refuse(.expectationFailed, context)
            }
            // Behind another request it would stand in the middle of that one's response; the client then waits no longer.
            if open == 0 {
                context.writeAndFlush(
                    wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
            }
        }
        let keepsOpen = head.headers[canonicalForm: "Connection"].contains { $0.lowercased() == "keep-alive" }
        if isOld, !keepsOpen { head.headers.replaceOrAdd(name: "Connection", value: "close") }
        open += 1
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let isEnd = if case .end = unwrapOutboundIn(data) { true } else { false }
        context.write(data, promise: promise)
        guard isEnd else { return }
        open -= 1
        answerRefused(context)
    }

    private func refuse(_ status: HTTPResponseStatus, _ context: ChannelHandlerContext) {
        refusal = status
        answerRefused(context)
    }

    /// Answers the refused request and closes, once the requests before it are answered.
    private func answerRefused(_ context: ChannelHandlerContext) {
        guard open == 0, let refusal else { return }
        let head = HTTPResponseHead(
            version: .http1_1, status: refusal, headers: ["Connection": "close", "Content-Length": "0"])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.close(promise: nil)
    }
}
