/// An event before it gets its number.
struct EventDraft: Sendable, Equatable {
    let topic: EventTopic
    /// Filter keys; empty if its topic has none.
    var keys: [String] = []
    /// JSON on a single line.
    let data: String
}

/// An event with its sequence number in this run of the gateway.
struct Event: Sendable, Equatable {
    let number: Int
    let topic: EventTopic
    let keys: [String]
    let data: String
}
