internal import NIOCore
internal import NIOWebSocket

/// Assembles frames to messages (RFC 6455). No I/O. Oversized frames are refused by the decoder before.
struct MessageAssembler {
    enum Result: Equatable {
        /// Incomplete message.
        case more
        case message(WebSocketMessage)
        case ping(ByteBuffer)
        case pong(ByteBuffer)
        /// Closed by the peer: the code to answer.
        case closed(WebSocketCloseCode, answer: WebSocketCloseCode?)
        /// Protocol violation: close code and reason.
        case broken(WebSocketCloseCode, String)
    }

    /// Maximum bytes of a message.
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
                return .broken(.protocolError, "a message starts before the previous one has ended")
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
                return .broken(.invalidText, "the text is not UTF-8")
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
            return .broken(.protocolError, "a close frame with one byte; its code has two, or is missing")
        }
        let code = WebSocketCloseCode(number: number)
        guard code.isAllowed else { return .broken(.protocolError, "there is no code \(number)") }
        var reader = UTF8Reader()
        guard reader.take(payload.readableBytesView), reader.isComplete else {
            return .broken(.invalidText, "the reason is not UTF-8")
        }
        return .closed(code, answer: code)
    }
}
