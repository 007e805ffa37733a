internal import NIOCore
internal import NIOHTTP1

/// What HTTP/1.1 asks of a server beyond parsing (RFC 9110, 9112): exactly one valid `Host`, `100 Continue` where a client
/// waits for it, an answer to bytes that are not a request, and the end of a connection: after a response that says so, after one to
/// HTTP/1.0, and of a client that neither sends nor reads.
final class RequestRules: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// How long the rest of a request is read and discarded after its response.
    private static let lingering = TimeAmount.seconds(2)
    /// Within which a client must take ``leastProgress`` bytes of a response.
    private static let stallLimit = TimeAmount.seconds(20)
    private static let leastProgress = 16 << 10

    /// A request that is not answered yet.
    private struct Open {
        /// Whether the connection ends after its response.
        let closes: Bool
        /// Whether its client knows HTTP/1.0 alone, and so no chunks.
        let isOld: Bool
        /// Whether its response has no body: one would be read as the next response.
        let isHead: Bool
    }

    private var open: [Open] = []
    /// Of the request that is refused; what comes after it is not read.
    private var refusal: HTTPResponseStatus?
    /// The end of the last request did not come yet.
    private var isReading = false
    /// The server ends: each response is the last one.
    private var isDraining = false
    /// The response that is written is the last one.
    private var isLast = false
    /// The last response was written.
    private var hasEnded = false
    /// The response that is written never ends.
    private var isStream = false
    private var deadline: Scheduled<Void>?
    private var stall: RepeatedTask?
    private var buffered = 0

    func handlerRemoved(context: ChannelHandlerContext) {
        deadline?.cancel()
        stall?.cancel()
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if case .end = part {
            isReading = false
            deadline?.cancel()
            deadline = nil
            if hasEnded { return context.close(promise: nil) }
        }
        guard refusal == nil, !hasEnded else { return }
        guard case .head(var head) = part else { return context.fireChannelRead(data) }
        isReading = true
        let isOld = head.isOld
        // What follows would not be read as HTTP.
        guard head.method != .CONNECT else { return refuse(.notImplemented, context) }
        guard RequestHost.resolve(&head) else { return refuse(.badRequest, context) }
        // Another server may find the body's end elsewhere.
        let codings = head.headers["Transfer-Encoding"]
        guard codings.isEmpty || (codings.count == 1 && codings[0].lowercased() == "chunked" && !isOld) else {
            return refuse(isOld ? .badRequest : .notImplemented, context)
        }
        let expected = head.headers["Expect"]
        if !expected.isEmpty, !isOld {
            guard expected.count == 1, expected[0].lowercased() == "100-continue" else {
                return refuse(.expectationFailed, context)
            }
            // Behind another request it would stand in the middle of that one's response; the client then waits no longer.
            if open.isEmpty {
                context.writeAndFlush(
                    wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
            }
        }
        let options = head.headers[canonicalForm: "Connection"].map { $0.lowercased() }
        // Behind a request to upgrade, which is not done here, nothing is read as HTTP.
        let closes =
            options.contains("close") || (isOld && !options.contains("keep-alive"))
            || head.headers.contains(name: "Upgrade")
        if closes { head.headers.replaceOrAdd(name: "Connection", value: "close") }
        open.append(Open(closes: closes, isOld: isOld, isHead: head.method == .HEAD))
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        // What comes after the bytes that were refused.
        case is ByteToMessageDecoderError: break
        case let error as HTTPParserError:
            guard isReading, refusal == nil else { return refuse(HTTPResponseStatus(for: error), context) }
            // It is answered already, and has one answer.
            guard !open.isEmpty else { return error == .invalidEOFState ? context.close(promise: nil) : end(context) }
            // In the body of a request that is in hand: its answer says so, and is the last one.
            isDraining = true
            context.fireErrorCaught(error)
        default: context.fireErrorCaught(error)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent {
            isDraining = true
            if !context.channel.isWritable { close(in: Self.lingering, context) }
        }
        // Who says no more has left a stream; of another response it still reads the rest.
        if event as? ChannelEvent == .inputClosed, isStream { return context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    // MARK: Responses

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !hasEnded else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(var head):
            if open.first?.isOld == true, head.status.mayHaveResponseBody, head.headers["Content-Length"].isEmpty {
                // Its end is that of the connection.
                head.version = .http1_0
                head.headers.replaceOrAdd(name: "Connection", value: "close")
            }
            isStream = head.headers["Content-Type"].contains { $0.hasPrefix("text/event-stream") }
            isLast =
                isDraining || open.first?.closes == true
                || head.headers[canonicalForm: "Connection"].contains { $0.lowercased() == "close" }
            if isLast { head.headers.replaceOrAdd(name: "Connection", value: "close") }
            // Without a length the response would get an end of chunks.
            if open.first?.isHead == true, !head.headers.contains(name: "Content-Length") {
                head.headers.replaceOrAdd(name: "Content-Length", value: "0")
            }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body where open.first?.isHead == true: promise?.succeed()
        case .body: context.write(data, promise: promise)
        case .end:
            if !open.isEmpty { open.removeFirst() }
            isStream = false
            context.write(data, promise: promise)
            if isLast { return end(context) }
            answerRefused(context)
            // The rest of a request that is answered already must come soon.
            if isReading, open.isEmpty, refusal == nil { close(in: Self.lingering, context) }
        }
    }

    /// Closes after the last response. What the client still sends is read for a while: unread bytes would turn our close into
    /// a reset, and the response would be lost.
    private func end(_ context: ChannelHandlerContext) {
        hasEnded = true
        context.flush()
        guard isReading else { return context.close(promise: nil) }
        context.close(mode: .output, promise: nil)
        close(in: Self.lingering, context)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard hasEnded, isReading, mode == .all, deadline != nil else {
            return context.close(mode: mode, promise: promise)
        }
        // It is closed in a moment.
        context.channel.closeFuture.cascade(to: promise)
    }

    private func close(in time: TimeAmount, _ context: ChannelHandlerContext) {
        deadline?.cancel()
        let context = NIOLoopBound(context, eventLoop: context.eventLoop)
        deadline = context.value.eventLoop.scheduleTask(in: time) { context.value.close(promise: nil) }
    }

    private func refuse(_ status: HTTPResponseStatus, _ context: ChannelHandlerContext) {
        guard refusal == nil, !hasEnded else { return }
        refusal = status
        answerRefused(context)
    }

    /// Answers the refused request and closes, once the requests before it are answered.
    private func answerRefused(_ context: ChannelHandlerContext) {
        guard open.isEmpty, let refusal else { return }
        let head = HTTPResponseHead(
            version: .http1_1, status: refusal, headers: ["Connection": "close", "Content-Length": "0"])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.end(nil)), promise: nil)
        isReading = true
        end(context)
    }

    // MARK: Clients that do not read

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        stall?.cancel()
        stall = nil
        if !context.channel.isWritable {
            buffered = Self.buffered(context)
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            stall = context.eventLoop.scheduleRepeatedTask(initialDelay: Self.stallLimit, delay: Self.stallLimit) { _ in
                let (own, context) = bound.value
                own.checkProgress(context)
            }
        }
        context.fireChannelWritabilityChanged()
    }

    private func checkProgress(_ context: ChannelHandlerContext) {
        let now = Self.buffered(context)
        guard buffered - now >= Self.leastProgress else { return context.close(promise: nil) }
        buffered = now
    }

    /// Bytes that wait for the client.
    private static func buffered(_ context: ChannelHandlerContext) -> Int {
        (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }
}

extension HTTPResponseStatus {
    /// The answer to bytes that are not a request.
    init(for error: HTTPParserError) {
        switch error {
        case .headerOverflow: self = .requestHeaderFieldsTooLarge
        case .invalidVersion: self = .httpVersionNotSupported
        default: self = .badRequest
        }
    }
}
