/// What one follower wants to be told, and how far it has been told each of it.
struct EventFollowing: Sendable {
    enum News: Sendable, Equatable {
        /// Events between the last and the next of this one are gone.
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

    /// Whoever begins now is told the newest of a topic whose newest event says it all. One that is followed already begins anew.
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

    /// What is new since it was asked last: gaps first, then the events by number.
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
