internal import Synchronization

/// Decides when a route must return its deliveries because the store accepts nothing, and how long it then rests. Times
/// are milliseconds since 1970. Thread-safe.
final class Outage: Sendable {
    private struct State {
        var lastSettled: Int64 = 0
        /// Number of returns since the last settled batch.
        var rounds = 0
        var gaveBackAt: Int64 = 0
    }

    private let patience: Int64
    private let state = Mutex(State())

    /// `patience`: how long nothing may be settled while a lane is in trouble.
    init(patience: Duration) {
        let (seconds, attoseconds) = patience.components
        self.patience = max(seconds * 1000 + attoseconds / 1_000_000_000_000_000, 1)
    }

    /// A batch of current deliveries is durable.
    func settled(at now: Int64) { state.withLock { $0 = State(lastSettled: now) } }

    /// A lane has been in trouble since then. True if nothing is settled any more, or if this lane has been blocked so
    /// long that the broker will soon close its channel.
    func mustGiveBack(troubleSince since: Int64, now: Int64) -> Bool {
        state.withLock { state in
            now - max(since, state.lastSettled) >= patience || now - since >= patience * 10
        }
    }

    /// All deliveries were returned; several lanes may report it.
    func gaveBack(at now: Int64) {
        state.withLock { state in
            guard now - state.gaveBackAt >= patience / 2 else { return }
            state.rounds += 1
            state.gaveBackAt = now
        }
    }

    /// How long to rest although the store seems to work again: first not at all, then longer with each failure.
    var rest: Duration {
        state.withLock { state in
            .milliseconds(state.rounds < 2 ? 0 : patience << Int64(min(state.rounds - 2, 5)))
        }
    }
}
