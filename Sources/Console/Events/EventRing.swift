/// The newest events, by number: a bounded memory for those who come back. Pure.
struct EventRing: Sendable {
    enum Topic: String, Sendable, CaseIterable {
        /// The whole of `/api/status`: only the newest is kept.
        case status
        case deadLetters, postings, outcomes
    }

    struct Event: Sendable, Equatable {
        let number: Int
        let topic: Topic
        /// JSON on one line.
        let data: String
    }

    static let most = 512

    private(set) var last = 0
    /// The newest number that was forgotten.
    private var forgotten = 0
    private var events: [Event] = []
    private var status: Event?

    mutating func add(_ topic: Topic, _ data: String) {
        last += 1
        let event = Event(number: last, topic: topic, data: data)
        guard topic != .status else {
            status = event
            return
        }
        events.append(event)
        if events.count > Self.most { forgotten = events.removeFirst().number }
    }

    /// What came after that number, in order; `hasGap`: some of it is forgotten, or the number is none of this ring's. Of the
    /// status the newest stands for those before.
    func events(after number: Int, of topics: Set<Topic>) -> (events: [Event], last: Int, hasGap: Bool) {
        var found = events.filter { $0.number > number && topics.contains($0.topic) }
        if let status, status.number > number, topics.contains(.status) { found.append(status) }
        return (found.sorted { $0.number < $1.number }, last, number < forgotten || number > last)
    }
}
