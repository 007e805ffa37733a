internal import Synchronization

/// Whether a route still gets anything into the store: when it must give back what it holds, and how long it then rests.
/// Times are milliseconds since 1970. From any thread.
final class Outage: Sendable {
    private struct State {
        var lastSettled: Int64 = 0
        /// Times that all was given back and nothing settled since.
        var rounds = 0
        var gaveBackAt: Int64 = 0
    }

    private let patience: Int64
    private let state = Mutex(State())

    /// `patience`: how long nothing may get through while a lane is in trouble.
    init(patience: Duration) {
        let (seconds, attoseconds) = patience.components
        self.patience = max(seconds * 1000 + attoseconds / 1_000_000_000_000_000, 1)
    }

    /// A batch of deliveries that are still ours is durable.
    func settled(at now: Int64) { state.withLock { $0 = State(lastSettled: now) } }

    /// A lane has been in trouble since then. True where nothing gets through any more, or where others do but this one has not
    /// for so long that the broker will soon take its channel for dead.
    func mustGiveBack(troubleSince since: Int64, now: Int64) -> Bool {
        state.withLock { state in
            now - max(since, state.lastSettled) >= patience || now - since >= patience * 10
        }
    }

    /// All was given back; several lanes may find out that it must be.
    func gaveBack(at now: Int64) {
        state.withLock { state in
            guard now - state.gaveBackAt >= patience / 2 else { return }
            state.rounds += 1
            state.gaveBackAt = now
        }
    }

    /// How long to rest, though the store seems to take batches again: the first time not at all, then longer each time that
    /// it turned out not to.
    var rest: Duration {
        state.withLock { state in
            .milliseconds(state.rounds < 2 ? 0 : patience << Int64(min(state.rounds - 2, 5)))
        }
    }
}
