internal import NIOCore
internal import NIOWebSocket

/// Frames to messages, by the rules of RFC 6455. Pure. What is too long for one frame never gets here: the decoder refuses it.
struct MessageAssembler {
    enum Result: Equatable {
        /// A message that goes on.
        case more
        case message(WebSocketMessage)
        case ping(ByteBuffer)
        case pong(ByteBuffer)
        /// The other side ends it: what we answer.
        case closed(WebSocketCloseCode, answer: WebSocketCloseCode?)
        /// A rule is broken: it ends, and why.
        case broken(WebSocketCloseCode, String)
    }

    /// Bytes of the longest message.
    let most: Int
    private var begun: (isText: Bool, bytes: ByteBuffer, reader: UTF8Reader)?

    init(most: Int) { self.most = most }

    mutating func take(_ frame: WebSocketFrame) -> Result {
        guard !frame.rsv1, !frame.rsv2, !frame.rsv3 else {
            return .broken(.protocolError, "a reserved bit is set, and no extension was agreed on")
        }
        guard frame.maskKey != nil else { return .broken(.protocolError, "a client must mask its frames") }
        switch frame.opcode {
        case .ping: return .ping(frame.unmaskedData)
        case .pong: return .pong(frame.unmaskedData)
        case .connectionClose: return Self.close(frame.unmaskedData)
        case .text, .binary:
            guard begun == nil else {
                return .broken(.protocolError, "a message begins before the one before it has ended")
            }
            begun = (frame.opcode == .text, ByteBuffer(), UTF8Reader())
            return append(frame)
        case .continuation:
            guard begun != nil else { return .broken(.protocolError, "a frame continues no message") }
            return append(frame)
        default:
            return .broken(.protocolError, "there is no frame of that kind")
        }
    }

    private mutating func append(_ frame: WebSocketFrame) -> Result {
        guard var message = begun else { return .more }
        begun = nil  // else its bytes are copied
        let piece = frame.unmaskedData
        guard message.bytes.readableBytes + piece.readableBytes <= most else {
            return .broken(.tooBig, "a message may have \(most) bytes")
        }
        if message.isText {
            guard message.reader.take(piece.readableBytesView), !frame.fin || message.reader.isComplete else {
                return .broken(.invalidText, "the text is no UTF-8")
            }
        }
        message.bytes.writeImmutableBuffer(piece)
        guard frame.fin else {
            begun = message
            return .more
        }
        return .message(message.isText ? .text(message.bytes) : .binary(message.bytes))
    }

    private static func close(_ payload: ByteBuffer) -> Result {
        var payload = payload
        if payload.readableBytes == 0 { return .closed(.normal, answer: nil) }
        guard let number = payload.readInteger(as: UInt16.self) else {
            return .broken(.protocolError, "a close has no code, or two bytes of it")
        }
        let code = WebSocketCloseCode(number: number)
        guard code.isAllowed else { return .broken(.protocolError, "there is no code \(number)") }
        var reader = UTF8Reader()
        guard reader.take(payload.readableBytesView), reader.isComplete else {
            return .broken(.invalidText, "the reason is no UTF-8")
        }
        return .closed(code, answer: code)
    }
}
