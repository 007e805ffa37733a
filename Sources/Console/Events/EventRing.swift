/// A bounded buffer of the newest events of each topic, for clients that resume. No I/O.
struct EventRing: Sendable {
    private struct Kept {
        var events: [Event] = []
        /// Number of the newest dropped event.
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

    /// Matching events after a number, in order. `hasGap`: some events of the topic were dropped, or the number is
    /// unknown. Topics whose newest event is complete have no gaps.
    func events(after number: Int, _ filter: EventFilter) -> (events: [Event], hasGap: Bool) {
        guard let kept = topics[filter.topic] else { return ([], number > last) }
        let found = kept.events.reversed().prefix { $0.number > number }.filter(filter.passes)
        let isForgotten = number < kept.forgotten && !filter.topic.isNewestOnly
        return (found.reversed(), isForgotten || number > last)
    }
}
