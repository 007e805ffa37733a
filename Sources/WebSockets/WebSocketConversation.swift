/// The application protocol of a WebSocket. Called on its event loop, one call at a time; must not block.
package protocol WebSocketConversation {
    /// Handles a message.
    mutating func hear(_ message: WebSocketMessage) -> WebSocketAnswer
    /// New messages: called after the signal, once earlier messages are flushed.
    mutating func news() -> WebSocketAnswer
    /// Why the connection must end; nil if it may continue. Checked periodically and before each write.
    func objection() -> WebSocketAnswer.End?
}

package struct WebSocketAnswer: Sendable {
    package struct End: Sendable, Equatable {
        package let code: WebSocketCloseCode
        /// Truncated to 123 bytes.
        package let reason: String

        package init(_ code: WebSocketCloseCode, _ reason: String) {
            self.code = code
            self.reason = reason
        }
    }

    package var messages: [WebSocketMessage]
    /// After the messages.
    package var end: End?

    package init(_ messages: [WebSocketMessage] = [], end: End? = nil) {
        self.messages = messages
        self.end = end
    }
}

/// An accepted WebSocket: its protocol, and the signal for new messages.
package struct WebSocketOpening {
    package let talk: any WebSocketConversation
    /// When it ends, so does the WebSocket (1001); nil: too many connections (1013).
    package let signal: AsyncStream<Void>?

    package init(talk: any WebSocketConversation, signal: AsyncStream<Void>?) {
        self.talk = talk
        self.signal = signal
    }
}
