/// What events are about. Another topic is another case here, and whoever adds its events to the hub: the streams and sockets
/// that tell them need not know it.
enum EventTopic: String, Sendable, CaseIterable {
    /// The whole of `/api/status`.
    case status
    /// How many there are in each state; its keys are the states whose number has changed.
    case deadLetters
    /// What waits to be published; its key is the feed or route that publishes.
    case postings
    /// How a route's messages and items ended; its key is the route.
    case outcomes

    /// Whether only the newest event says anything, and stands for those before it.
    var isNewestOnly: Bool { self == .status }

    /// Of events that are kept for those who come back.
    var most: Int { isNewestOnly ? 1 : 512 }

    /// What a key narrows it to, in words; nil where it has none.
    var keyMeaning: String? {
        switch self {
        case .status: nil
        case .deadLetters: "a state, such as 'open'"
        case .postings: "the name of a feed or route that publishes"
        case .outcomes: "the name of a route"
        }
    }
}
