/// The newest events of each topic, by number: a bounded memory for those who come back. Pure.
struct EventRing: Sendable {
    private struct Kept {
        var events: [Event] = []
        /// The newest number that was forgotten.
        var forgotten = 0
    }

    private(set) var last = 0
    private var topics: [EventTopic: Kept] = [:]

    mutating func add(_ draft: EventDraft) {
        last += 1
        var kept = topics[draft.topic] ?? Kept()
        topics[draft.topic] = nil  // else the array below is copied
        kept.events.append(Event(number: last, topic: draft.topic, keys: draft.keys, data: draft.data))
        if kept.events.count > draft.topic.most { kept.forgotten = kept.events.removeFirst().number }
        topics[draft.topic] = kept
    }

    /// What came after that number and passes, in order; `hasGap`: some of its topic is forgotten, or the number is none of this
    /// ring's. Where the newest event stands for those before it, none of them is missed.
    func events(after number: Int, _ filter: EventFilter) -> (events: [Event], hasGap: Bool) {
        guard let kept = topics[filter.topic] else { return ([], number > last) }
        let found = kept.events.reversed().prefix { $0.number > number }.filter(filter.passes)
        let isForgotten = number < kept.forgotten && !filter.topic.isNewestOnly
        return (found.reversed(), isForgotten || number > last)
    }
}
