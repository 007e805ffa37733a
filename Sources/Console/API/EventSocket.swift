internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// `/ws`: who may open a WebSocket, and what it is about.
struct EventSocket: Sendable {
    static let path = "/ws"

    let access: AccessGuard
    let hub: EventHub
    let numbering: EventNumbering
    /// The names of the routes that run.
    let routes: @Sendable () -> [String]

    /// Nil where the request opens none. Says no more than that: the route below answers the same request, and counts a wrong token.
    func opening(_ head: HTTPRequest, from address: String) -> WebSocketOpening? {
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer()))
        guard request.uri.path == Self.path,
            let caller = try? access.admit(request.access(from: address), to: .follow, isCounted: false)
        else { return nil }
        let access = access
        let talk = EventTalk(
            conversation: EventConversation(hub: hub, numbering: numbering, routes: routes),
            isStillIn: { access.isStillIn(caller) })
        return WebSocketOpening(talk: talk, bell: hub.follow())
    }

    /// Answers a request that has not become a WebSocket.
    static func addRefusal(to router: Router<ConsoleContext>, _ access: AccessGuard) {
        router.get("\(path)") { request, context -> Response in
            _ = try access.admit(request.access(context), to: .follow)
            throw ConsoleProblem(
                status: 426, code: "upgradeNeeded", "this address speaks WebSocket alone",
                remedy: "connect a WebSocket client of version 13 to it, or ask /api/events")
        }
    }
}
