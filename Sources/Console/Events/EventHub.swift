internal import Synchronization

/// Publishes events to followers. Adding an event never waits: followers read at their own pace from a bounded ring,
/// and a slow one is sent a gap for what it missed. Thread-safe.
final class EventHub: Sendable {
    private struct State {
        var ring = EventRing()
        var bells: [Int: AsyncStream<Void>.Continuation] = [:]
        var next = 0
        var isClosed = false
    }

    static let mostFollowers = 256

    private let state = Mutex(State())

    func add(_ drafts: [EventDraft]) {
        guard !drafts.isEmpty else { return }
        let bells = state.withLock { state in
            for draft in drafts { state.ring.add(draft) }
            return Array(state.bells.values)
        }
        for signal in bells { signal.yield() }
    }

    /// Signals new events, coalesced; nil if there are too many followers, or the hub is closed.
    func follow() -> AsyncStream<Void>? {
        let (stream, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number: Int? = state.withLock { state in
            guard !state.isClosed, state.bells.count < Self.mostFollowers else { return nil }
            state.next += 1
            state.bells[state.next] = signal
            return state.next
        }
        guard let number else { return nil }
        signal.onTermination = { [weak self] _ in self?.leave(number) }
        signal.yield()
        return stream
    }

    /// Unread events of all subscriptions at one moment, and the newest event's number.
    func events(
        _ asked: [(after: Int, filter: EventFilter)]
    ) -> (found: [(events: [Event], hasGap: Bool)], last: Int) {
        state.withLock { state in
            (asked.map { state.ring.events(after: $0.after, $0.filter) }, state.ring.last)
        }
    }

    /// Number of the newest event.
    var last: Int { state.withLock { $0.ring.last } }
    var followers: Int { state.withLock { $0.bells.count } }

    /// Ends every follower's stream and accepts no more.
    func close() {
        let bells = state.withLock { state in
            state.isClosed = true
            defer { state.bells = [:] }
            return Array(state.bells.values)
        }
        for signal in bells { signal.finish() }
    }

    private func leave(_ number: Int) { state.withLock { _ = $0.bells.removeValue(forKey: number) } }
}
