internal import NIOCore

/// A conversation about events as a WebSocket has it.
struct EventTalk: WebSocketTalk {
    var conversation: EventConversation
    /// Whether whoever opened it may still look.
    let isStillIn: @Sendable () -> Bool

    mutating func hear(_ message: WebSocketMessage) -> WebSocketAnswer {
        guard case .text(let bytes) = message else {
            return WebSocketAnswer(end: WebSocketAnswer.End(.unacceptableData, "send JSON as text"))
        }
        return WebSocketAnswer([.text(ByteBuffer(string: conversation.hear(Array(bytes.readableBytesView))))])
    }

    mutating func news() -> WebSocketAnswer {
        WebSocketAnswer(conversation.news().map { .text(ByteBuffer(string: $0)) })
    }

    func objection() -> WebSocketAnswer.End? {
        isStillIn() ? nil : WebSocketAnswer.End(.policyViolation, "the session has ended; log in again")
    }
}
