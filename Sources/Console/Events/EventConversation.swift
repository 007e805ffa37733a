internal import JSON

/// The event subscription protocol of a WebSocket: JSON requests in, JSON messages out. No I/O; reads the hub.
struct EventConversation: Sendable {
    /// Maximum number of subscriptions.
    static let most = 64

    private let hub: EventHub
    private let numbering: EventNumbering
    /// Names of the running routes.
    private let routes: @Sendable () -> [String]
    private var following = EventFollowing()

    init(hub: EventHub, numbering: EventNumbering, routes: @escaping @Sendable () -> [String]) {
        self.hub = hub
        self.numbering = numbering
        self.routes = routes
    }

    /// Handles a client's message and returns the answer.
    mutating func hear(_ bytes: [UInt8]) -> String {
        var request = Request()
        do throws(ConsoleProblem) {
            request = try Request(bytes)
            switch request.type {
            case "subscribe": return try subscribe(request)
            case "unsubscribe": return try unsubscribe(request)
            default:
                let hint = Spelling.nearest(to: request.type ?? "", in: Request.types)
                throw .invalid(
                    "there is no message of type '\((request.type ?? "").prefix(80))'",
                    remedy: "\(hint.map { "did you mean '\($0)'? " } ?? "")send subscribe or unsubscribe")
            }
        } catch {
            return refusal(of: request, error)
        }
    }

    /// Messages for events since the last call.
    mutating func news() -> [String] {
        guard following.count > 0 else { return [] }
        return following.news(hub).map { one in
            switch one {
            case .gap(let filter):
                var object = named("gap", filter)
                object.add("id", numbering.id(hub.last))
                return object.text
            case .event(let event, let filter):
                var object = JSONObjectText()
                object.add("type", "event")
                object.add("topic", filter.name)
                object.add("id", numbering.id(event.number))
                if let key = filter.key ?? event.keys.first { object.add("key", key) }
                object.add("data", raw: event.data)
                return object.text
            }
        }
    }

    private mutating func subscribe(_ request: Request) throws(ConsoleProblem) -> String {
        let filter = try request.filter(routes)
        guard following.count < Self.most || following.follows(filter) else {
            throw ConsoleProblem(
                status: 400, code: "tooManySubscriptions", "a connection may have \(Self.most) subscriptions",
                remedy: "unsubscribe from one, or subscribe to a topic without a key")
        }
        following.begin(filter, numbering.start(request.after), hub)
        return answer("subscribed", filter)
    }

    private mutating func unsubscribe(_ request: Request) throws(ConsoleProblem) -> String {
        let filter = try request.filter(routes)
        guard following.follows(filter) else {
            throw ConsoleProblem(
                status: 400, code: "notSubscribed", "there is no subscription to '\(filter.name)' with that key",
                remedy: "name topic and key as they were when subscribing")
        }
        following.end(filter)
        return answer("unsubscribed", filter)
    }

    /// `id`: the newest event, to resume from if none has come since.
    private func answer(_ type: String, _ filter: EventFilter) -> String {
        var object = named(type, filter)
        object.add("id", numbering.id(hub.last))
        return object.text
    }

    private func named(_ type: String, _ filter: EventFilter) -> JSONObjectText {
        var object = JSONObjectText()
        object.add("type", type)
        object.add("topic", filter.name)
        if let key = filter.key { object.add("key", key) }
        return object
    }

    private func refusal(of request: Request, _ problem: ConsoleProblem) -> String {
        var object = JSONObjectText()
        object.add("type", "error")
        if let topic = request.topic { object.add("topic", String(topic.prefix(80))) }
        if let key = request.key { object.add("key", String(key.prefix(80))) }
        object.add("code", problem.code)
        object.add("message", problem.message)
        object.add("remedy", problem.remedy)
        return object.text
    }

    /// A parsed client message.
    private struct Request {
        static let types = ["subscribe", "unsubscribe"]
        var type: String?
        var topic: String?
        var key: String?
        var after: String?

        private static let example = #"send an object such as {"type":"subscribe","topic":"outcomes"}"#

        init() {}

        init(_ bytes: [UInt8]) throws(ConsoleProblem) {
            let document: JSONDocument
            do throws(JSONSyntaxError) {
                document = try JSONParser().parse(bytes)
            } catch {
                throw .invalid("the message is not JSON: \(error)", remedy: Self.example)
            }
            let fields: [String: String?]? = document.withRoot { root in
                guard root.isObject else { return nil }
                var fields: [String: String?] = [:]
                for (name, value) in root.members {
                    if let name = name.string, !value.isNull { fields[name] = .some(value.string) }
                }
                return fields
            }
            guard let fields else { throw .invalid("the message is not a JSON object", remedy: Self.example) }
            for name in ["type", "topic", "key", "after"] {
                if let value = fields[name], value == nil {
                    throw .invalid("'\(name)' is not a text", remedy: Self.example)
                }
            }
            type = fields["type"] ?? nil
            topic = fields["topic"] ?? nil
            key = fields["key"] ?? nil
            after = fields["after"] ?? nil
        }

        func filter(_ routes: () -> [String]) throws(ConsoleProblem) -> EventFilter {
            guard let topic else {
                throw .invalid("the message names no topic", remedy: EventConversation.Request.example)
            }
            return try EventFilter(topic, key: key, routes: routes)
        }
    }
}
