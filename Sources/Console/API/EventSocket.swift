internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import WebSockets

/// Upgrades `/ws` to a WebSocket for events, and checks access.
struct EventSocket: Sendable {
    static let path = "/ws"

    let access: AccessGuard
    let hub: EventHub
    let numbering: EventNumbering
    /// Names of the running routes.
    let routes: @Sendable () -> [String]

    /// Nil if the request is not an upgrade, or is refused. Gives no reason: the HTTP route below answers the same
    /// request and counts wrong tokens.
    func opening(_ head: HTTPRequest, from address: String) -> WebSocketOpening? {
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer()))
        guard request.uri.path == Self.path,
            let caller = try? access.admit(request.access(from: address), to: .follow, isCounted: false)
        else { return nil }
        let access = access
        let talk = EventSession(
            conversation: EventConversation(hub: hub, numbering: numbering, routes: routes),
            isStillIn: { access.isStillIn(caller) })
        return WebSocketOpening(talk: talk, signal: hub.follow())
    }

    /// Answers requests that were not upgraded.
    static func addRefusal(to router: Router<ConsoleContext>, _ access: AccessGuard) {
        router.get("\(path)") { request, context -> Response in
            _ = try access.admit(request.access(context), to: .follow)
            throw ConsoleProblem(
                status: 426, code: "upgradeNeeded", "this address accepts only WebSocket connections",
                remedy: "connect a WebSocket client of version 13, or use /api/events")
        }
    }
}
