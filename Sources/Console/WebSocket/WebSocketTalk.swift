/// What is said on one WebSocket. Called on its event loop, one call at a time; none of it may wait.
package protocol WebSocketTalk {
    /// Answers a message.
    mutating func hear(_ message: WebSocketMessage) -> WebSocketAnswer
    /// What there is to tell: asked after the bell has rung, and only once what was told before is under way.
    mutating func news() -> WebSocketAnswer
    /// Nil while the other side may stay; else why not. Asked now and then, and before anything is told.
    func objection() -> WebSocketAnswer.End?
}

package struct WebSocketAnswer: Sendable {
    package struct End: Sendable, Equatable {
        package let code: WebSocketCloseCode
        /// In words; up to 123 bytes go out.
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

/// A WebSocket that somebody may open: what is said on it, and what rings when there is news.
package struct WebSocketOpening {
    package let talk: any WebSocketTalk
    /// Its end is the end of the WebSocket too (1001); nil: there is no place for one more (1013).
    package let bell: AsyncStream<Void>?

    package init(talk: any WebSocketTalk, bell: AsyncStream<Void>?) {
        self.talk = talk
        self.bell = bell
    }
}
