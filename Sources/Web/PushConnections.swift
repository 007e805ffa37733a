internal import Contracts
internal import HTTPTypes
internal import Hummingbird
internal import Mappings
internal import NIOCore
internal import WebSockets

/// The connections that routes of one listener serve.
struct PushConnections: Sendable {
    let router: WebRouter
    let listener: String
    let access: AccessRules

    /// Nil if the request opens no WebSocket here, or is refused: the same request is then answered with the reason.
    func opening(_ head: HTTPRequest, from address: String) -> WebSocketOpening? {
        guard let target = try? WebTarget(head.path ?? ""),
            let (_, endpoint, found, values) = router.sockets(target.segments, on: listener), let door = found,
            door.isOpen,
            WebOrigin.refusal(head, endpoint.origins) == nil
        else { return nil }
        let caller: WebCaller?
        do throws(Refused) {
            // The answer with the reason counts a wrong token.
            caller = try admit(head, target, endpoint, from: ClientAddress.text(address), isCounted: false)
        } catch {
            return nil
        }
        let connection = door.connect(Self.facts(head, target, endpoint, values, caller), until: caller?.expires)
        return WebSocketOpening(talk: PushConversation(connection), signal: connection.signal)
    }

    /// Answers what opens no WebSocket: an event stream, or why there is none.
    func response(
        _ request: Request, from address: String, _ target: WebTarget, _ endpoint: SocketEndpoint, _ door: PushDoor?,
        _ values: [String], on channel: any Channel
    ) -> Response {
        if let refusal = WebOrigin.refusal(request.head, endpoint.origins) { return WebServer.response(refusal) }
        let shared = WebOrigin.shared(request.head, endpoint.origins)
        func problem(_ status: Int, _ detail: String, retryAfter: Int? = nil, headers: [RequestField] = []) -> Response
        {
            WebServer.response(
                .problem(status: status, detail: detail, retryAfter: retryAfter, headers: headers + shared))
        }
        let wantsEvents = request.headers[.accept]?.lowercased().contains("text/event-stream") ?? false
        // The header 'Upgrade' of a handshake that was refused is gone.
        let wantsSocket = request.headers[.secWebSocketKey] != nil || request.headers[.upgrade] != nil
        guard wantsEvents || wantsSocket else {
            return problem(
                426,
                "this address serves WebSockets of version 13, and event streams to requests that accept text/event-stream",
                headers: [RequestField(name: "upgrade", value: "websocket")])
        }
        let caller: WebCaller?
        do throws(Refused) {
            caller = try admit(request.head, target, endpoint, from: address, isCounted: true)
        } catch {
            var answer = error.answer
            answer.headers += shared
            return WebServer.response(answer)
        }
        guard let door, door.isOpen else {
            return problem(503, "the gateway serves no connections of this route now; connect again", retryAfter: 1)
        }
        guard wantsEvents else {
            return problem(
                400, "the request is not a handshake of RFC 6455; connect with a WebSocket client of version 13")
        }
        guard request.method == .get else {
            return problem(
                405, "an event stream is read by GET", headers: [RequestField(name: "allow", value: "GET, OPTIONS")])
        }
        let connection = door.connect(
            Self.facts(request.head, target, endpoint, values, caller), until: caller?.expires)
        // The stream's task learns of it only when it writes again.
        channel.closeFuture.whenComplete { [weak connection] _ in connection?.end() }
        do throws(PushFollowing.Refusal) {
            return try PushStream.response(
                connection,
                message: PushStream.message(target.parameters.filter { $0.name != AccessRules.parameter }),
                lastEventID: HTTPField.Name("Last-Event-ID").flatMap { request.headers[$0] },
                headers: WebServer.fields(shared))
        } catch {
            return problem(400, error.detail)
        }
    }

    /// Nil where everybody may connect.
    private func admit(
        _ head: HTTPRequest, _ target: WebTarget, _ endpoint: SocketEndpoint, from address: String,
        isCounted: Bool
    ) throws(Refused) -> WebCaller? {
        guard let asked = endpoint.access else { return nil }
        return try access.admit(
            asked, headers: Self.fields(head),
            parameters: target.parameters.map { RequestField(name: $0.name, value: $0.value) }, from: address,
            isCounted: isCounted)
    }

    private static func fields(_ head: HTTPRequest) -> [RequestField] {
        head.headerFields.map { RequestField(name: $0.name.canonicalName, value: $0.value) }
    }

    /// Without what opens doors.
    private static func facts(
        _ head: HTTPRequest, _ target: WebTarget, _ endpoint: SocketEndpoint, _ values: [String], _ caller: WebCaller?
    ) -> MessageFacts {
        let names = endpoint.path?.parameters ?? []
        return MessageFacts(
            headers: WebRequest.visible(fields(head)).map { ($0.name, .text($0.value)) },
            parameters: zip(names, values).map { ($0, $1) }
                + target.parameters.filter { !names.contains($0.name) && $0.name != AccessRules.parameter }.map {
                    ($0.name, $0.value)
                }, principal: caller?.principal)
    }
}
