internal import JSON

/// A subscription: a topic, or a route's name for its outcomes; `key` narrows it further.
struct EventFilter: Sendable, Hashable {
    /// As requested: a topic's or route's name.
    let name: String
    let key: String?
    let topic: EventTopic
    private let wanted: String?

    /// `routes`: names of the running routes. Throws for an unknown name, or an inapplicable key. A key without events
    /// yet is valid.
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
                "'\(name)' is a route, and its events have no other key",
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
