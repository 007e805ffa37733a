internal import Synchronization

/// Hands events to those who follow them. Whoever adds one never waits: followers read from a bounded ring, each at its own
/// pace, and what a slow one has missed is told to it as a gap. From any thread.
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
        for bell in bells { bell.yield() }
    }

    /// Rings when there is something new, several rings as one; nil where too many follow, or the end has come.
    func follow() -> AsyncStream<Void>? {
        let (stream, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number: Int? = state.withLock { state in
            guard !state.isClosed, state.bells.count < Self.mostFollowers else { return nil }
            state.next += 1
            state.bells[state.next] = bell
            return state.next
        }
        guard let number else { return nil }
        bell.onTermination = { [weak self] _ in self?.leave(number) }
        bell.yield()
        return stream
    }

    /// What each of them has not been told, at one moment, and the number of the newest event then.
    func events(
        _ asked: [(after: Int, filter: EventFilter)]
    ) -> (found: [(events: [Event], hasGap: Bool)], last: Int) {
        state.withLock { state in
            (asked.map { state.ring.events(after: $0.after, $0.filter) }, state.ring.last)
        }
    }

    /// The number of the newest event.
    var last: Int { state.withLock { $0.ring.last } }
    var followers: Int { state.withLock { $0.bells.count } }

    /// Every follower's stream ends; nobody follows any more.
    func close() {
        let bells = state.withLock { state in
            state.isClosed = true
            defer { state.bells = [:] }
            return Array(state.bells.values)
        }
        for bell in bells { bell.finish() }
    }

    private func leave(_ number: Int) { state.withLock { _ = $0.bells.removeValue(forKey: number) } }
}
