internal import NIOCore
internal import WebSockets

/// A client's WebSocket: subscriptions in, pushes out.
struct PushConversation: WebSocketConversation {
    private let connection: PushConnection
    private var following: PushFollowing

    init(_ connection: PushConnection) {
        self.connection = connection
        following = PushFollowing(connection)
    }

    mutating func hear(_ message: WebSocketMessage) -> WebSocketAnswer {
        guard case .text(let bytes) = message else {
            return WebSocketAnswer(end: .init(.unacceptableData, "send JSON as text"))
        }
        do throws(PushFollowing.Refusal) {
            return WebSocketAnswer([Self.message(try following.subscribe(Array(bytes.readableBytesView)).textWithPlace)]
            )
        } catch {
            return WebSocketAnswer([Self.message(error.text)])
        }
    }

    mutating func news() -> WebSocketAnswer { WebSocketAnswer(following.news().map { Self.message($0.textWithPlace) }) }

    func objection() -> WebSocketAnswer.End? {
        if connection.isExpired { return .init(.policyViolation, "the token has expired; connect with a new one") }
        return connection.isEnding ? .init(.goingAway, "the gateway or the route ends; connect again") : nil
    }

    private static func message(_ text: [UInt8]) -> WebSocketMessage { .text(ByteBuffer(bytes: text)) }
}
