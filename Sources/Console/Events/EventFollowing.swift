/// A follower's subscriptions, with its position in each.
struct EventFollowing: Sendable {
    enum News: Sendable, Equatable {
        /// Events were lost before the next one of this subscription.
        case gap(EventFilter)
        case event(Event, EventFilter)
    }

    private struct Place: Sendable {
        let filter: EventFilter
        var seen: Int
        var hasLost: Bool
    }

    private var places: [Place] = []

    var count: Int { places.count }

    func follows(_ filter: EventFilter) -> Bool { places.contains { $0.filter == filter } }

    /// Starts a subscription, or restarts an existing one. Of a topic whose newest event is complete, that event is
    /// sent first.
    mutating func begin(_ filter: EventFilter, _ start: EventNumbering.Start, _ hub: EventHub) {
        end(filter)
        let now = filter.topic.isNewestOnly ? 0 : hub.last
        switch start {
        case .now: places.append(Place(filter: filter, seen: now, hasLost: false))
        case .lost: places.append(Place(filter: filter, seen: now, hasLost: true))
        case .after(let number): places.append(Place(filter: filter, seen: number, hasLost: false))
        }
    }

    mutating func end(_ filter: EventFilter) { places.removeAll { $0.filter == filter } }

    /// Events since the last call: gaps first, then events by number.
    mutating func news(_ hub: EventHub) -> [News] {
        let (found, last) = hub.events(places.map { (after: $0.seen, $0.filter) })
        var gaps: [News] = []
        var events: [(event: Event, filter: EventFilter)] = []
        for at in places.indices {
            let filter = places[at].filter
            if found[at].hasGap || places[at].hasLost { gaps.append(.gap(filter)) }
            places[at].hasLost = false
            places[at].seen = last
            events += found[at].events.map { ($0, filter) }
        }
        if places.count > 1 { events.sort { $0.event.number < $1.event.number } }
        return gaps + events.map { .event($0.event, $0.filter) }
    }
}
