internal import Synchronization

/// A one-shot signal that a connection's thread has ended; any number of tasks may wait.
final class EndSignal: Sendable {
    private struct State {
        var hasFired = false
        var waiters: [AsyncStream<Never>.Continuation] = []
    }

    private let state = Mutex(State())

    func fire() {
        let waiters = state.withLock { state in
            state.hasFired = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.finish() }
    }

    /// Returns when signalled, after `limit`, or when the task is cancelled. True if signalled.
    @discardableResult
    func wait(atMost limit: Duration) async -> Bool {
        let (stream, continuation) = AsyncStream.makeStream(of: Never.self)
        let hasFired = state.withLock { state in
            if !state.hasFired { state.waiters.append(continuation) }
            return state.hasFired
        }
        if hasFired { return true }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in stream {} }
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
        return state.withLock { $0.hasFired }
    }
}
