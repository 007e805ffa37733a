/// Something that has happened, before the ring gives it a number.
struct EventDraft: Sendable, Equatable {
    let topic: EventTopic
    /// What it may be found by; empty where its topic has no key.
    var keys: [String] = []
    /// JSON on one line.
    let data: String
}

/// An event with its number, which tells its place among all of this run of the gateway.
struct Event: Sendable, Equatable {
    let number: Int
    let topic: EventTopic
    let keys: [String]
    let data: String
}
