/// Event topics. To add one, add a case and publish its events to the hub; streams and sockets need no change.
enum EventTopic: String, Sendable, CaseIterable {
    /// The complete `/api/status`.
    case status
    /// Count of dead letters by state; keys: the states whose count changed.
    case deadLetters
    /// Postings waiting to be published; key: the feed or route.
    case postings
    /// Outcome counts of messages and items; key: the route.
    case outcomes

    /// Whether the newest event is complete and replaces earlier ones.
    var isNewestOnly: Bool { self == .status }

    /// Maximum number of events kept for clients that resume.
    var most: Int { isNewestOnly ? 1 : 512 }

    /// What the key selects, in words; nil without keys.
    var keyMeaning: String? {
        switch self {
        case .status: nil
        case .deadLetters: "a state, such as 'open'"
        case .postings: "the name of a feed or route that publishes"
        case .outcomes: "the name of a route"
        }
    }
}
