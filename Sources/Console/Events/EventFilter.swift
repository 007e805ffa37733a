internal import Documents

/// What somebody wants to be told: a topic, or the outcomes of one route by its name; `key` narrows it further.
struct EventFilter: Sendable, Hashable {
    /// As it was asked for: a topic's or a route's name.
    let name: String
    let key: String?
    let topic: EventTopic
    private let wanted: String?

    /// `routes`: the names of those that run. Throws where neither a topic nor a route has that name, or where the key says
    /// nothing. A key that no event has yet is fine: one may come.
    init(_ name: String, key: String?, routes: () -> [String]) throws(ConsoleProblem) {
        self.name = name
        self.key = key
        if let topic = EventTopic(rawValue: name) {
            guard key == nil || topic.keyMeaning != nil else {
                throw .invalid("the topic '\(name)' has no key", remedy: "leave the key out")
            }
            self.topic = topic
            wanted = key
            return
        }
        let routes = routes()
        guard routes.contains(name) else { throw Self.unknown(name, routes) }
        guard key == nil else {
            throw .invalid(
                "'\(name)' is a route: its events are of no other",
                remedy: "leave the key out, or ask for 'outcomes' with a route as key")
        }
        topic = .outcomes
        wanted = name
    }

    init(_ topic: EventTopic) {
        name = topic.rawValue
        key = nil
        self.topic = topic
        wanted = nil
    }

    func passes(_ event: Event) -> Bool { wanted.map(event.keys.contains) ?? true }

    private static func unknown(_ name: String, _ routes: [String]) -> ConsoleProblem {
        let topics = EventTopic.allCases.map(\.rawValue)
        let hint = Spelling.nearest(to: name, in: topics + routes).map { "did you mean '\($0)'? " } ?? ""
        return ConsoleProblem(
            status: 400, code: "unknownTopic", "there is no topic '\(name.prefix(80))'",
            remedy: "\(hint)there are \(topics.joined(separator: ", ")), and the names of the routes that run")
    }
}
