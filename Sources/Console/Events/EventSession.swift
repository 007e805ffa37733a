internal import NIOCore
internal import WebSockets

/// Adapts an ``EventConversation`` to a WebSocket.
struct EventSession: WebSocketConversation {
    var conversation: EventConversation
    /// Whether the client still has access.
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
