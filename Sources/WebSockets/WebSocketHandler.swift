internal import NIOCore
internal import NIOWebSocket

/// One WebSocket on its event loop: frames, answers, events, pings and close. Has no queue of its own (backpressure):
/// it fetches events only while the peer takes earlier ones, and reads only while it takes the answers.
package final class WebSocketHandler: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundIn = Never
    typealias OutboundOut = WebSocketFrame

    private var talk: any WebSocketConversation
    private let terms: WebSocketConfiguration
    private var assembler: MessageAssembler
    private var life: WebSocketLife
    private var context: ChannelHandlerContext?
    private var ticks: RepeatedTask?
    /// A close was sent or received: nothing else is sent.
    private var isClosing = false
    private var hasRung = false
    private var wantsRead = false

    init(talk: any WebSocketConversation, terms: WebSocketConfiguration) {
        self.talk = talk
        self.terms = terms
        assembler = MessageAssembler(most: terms.mostBytes)
        life = WebSocketLife(terms, now: .now())
    }

    // MARK: From the gateway

    /// New events are available.
    func ring() {
        hasRung = true
        tell()
    }

    func close(_ end: WebSocketAnswer.End) {
        guard let context, !isClosing else { return }
        isClosing = true
        life.closes(now: .now())
        var payload = context.channel.allocator.buffer(capacity: 2 + end.reason.utf8.count)
        payload.writeInteger(end.code.number)
        payload.writeString(Self.cut(end.reason, to: 123))
        write(.connectionClose, payload, context)
        context.flush()
        // Remaining input is read and discarded: unread bytes would turn our close into a connection reset.
        if wantsRead { context.read() }
    }

    // MARK: From the peer

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        ticks = context.eventLoop.scheduleRepeatedTask(initialDelay: terms.tick, delay: terms.tick) { _ in
            bound.value.tick()
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        ticks?.cancel()
        ticks = nil
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        if isClosing {
            if frame.opcode == .connectionClose { context.close(promise: nil) }
            return
        }
        switch assembler.take(frame) {
        case .more: break
        case .message(let message): say(talk.hear(message), context)
        case .ping(let payload): write(.pong, payload, context)
        case .pong(let payload): life.pong(Int(String(buffer: payload)))
        case .closed(_, let answer): finish(answer, context)
        case .broken(let code, let reason): close(WebSocketAnswer.End(code, reason))
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.flush()
        // Answers first, then events for a new subscription.
        hasRung = true
        tell()
        context.fireChannelReadComplete()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case NIOWebSocketError.invalidFrameLength:
            close(WebSocketAnswer.End(.tooBig, "a frame may have \(terms.mostBytes) bytes"))
        case let error as NIOWebSocketError:
            close(WebSocketAnswer.End(.protocolError, "\(error)"))
        case is ByteToMessageDecoderError: break  // what comes after the frame that was refused
        default: context.close(promise: nil)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // Half-closed connections are closed.
        if event as? ChannelEvent == .inputClosed { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func read(context: ChannelHandlerContext) {
        if context.channel.isWritable || isClosing {
            context.read()
        } else {
            wantsRead = true
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        life.writes(isWritable: context.channel.isWritable, now: .now())
        if context.channel.isWritable {
            if wantsRead {
                wantsRead = false
                context.read()
            }
            tell()
        }
        context.fireChannelWritabilityChanged()
    }

    // MARK: Implementation

    private func tell() {
        guard hasRung, !isClosing, let context, context.channel.isWritable else { return }
        hasRung = false
        if let end = talk.objection() { return close(end) }
        say(talk.news(), context)
        context.flush()
    }

    private func say(_ answer: WebSocketAnswer, _ context: ChannelHandlerContext) {
        for message in answer.messages {
            switch message {
            case .text(let bytes): write(.text, bytes, context)
            case .binary(let bytes): write(.binary, bytes, context)
            }
        }
        if let end = answer.end { close(end) }
    }

    /// The peer closed: answer, then close the connection, which is the server's part.
    private func finish(_ answer: WebSocketCloseCode?, _ context: ChannelHandlerContext) {
        isClosing = true
        life.closes(now: .now())
        var payload = ByteBuffer()
        if let answer { payload.writeInteger(answer.number) }
        write(.connectionClose, payload, context)
        context.flush()
        context.close(mode: .output, promise: nil)
    }

    private func tick() {
        guard let context else { return }
        switch life.tick(now: .now()) {
        case .nothing: break
        case .ping(let number):
            write(.ping, ByteBuffer(string: String(number)), context)
            context.flush()
        case .close(let code, let reason): return close(WebSocketAnswer.End(code, reason))
        case .cut: return context.close(promise: nil)
        }
        if !isClosing, let end = talk.objection() { close(end) }
    }

    private func write(_ opcode: WebSocketOpcode, _ payload: ByteBuffer, _ context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(WebSocketFrame(fin: true, opcode: opcode, data: payload)), promise: nil)
    }

    private static func cut(_ text: String, to most: Int) -> String {
        var text = text
        while text.utf8.count > most { text.removeLast() }
        return text
    }
}
