internal import Glibc
internal import ThreadExecutors
internal import Synchronization

/// Ends a connection whose write is stuck: librabbitmq would wait forever, since the broker's heartbeats still arrive.
/// Shuts the socket down from its own thread, which makes the write fail.
final class WriteWatchdog: Sendable {
    private struct State {
        var began: ContinuousClock.Instant?
        /// A duplicate descriptor: still valid when the library has closed its own, so that never another file is shut
        /// down.
        var descriptor: Int32 = -1
        var hasBitten = false
        var isOver = false
    }

    private let limit: Duration
    private let state = Mutex(State())
    private let wakeup = Wakeup()

    init(limit: Duration) {
        self.limit = limit
        ExecutorThread.start(named: "rabbit-watch") { [self] in
            while look() { AMQPConnection.poll(-1, wakeup, limit / 4) }
        }
    }

    /// Watches a new connection; -1: none.
    func watch(_ descriptor: Int32) {
        let copy = descriptor >= 0 ? fcntl(descriptor, F_DUPFD_CLOEXEC, 0) : -1
        let old = state.withLock { state in
            defer {
                state.descriptor = copy
                state.hasBitten = false
                state.began = nil
            }
            return state.descriptor
        }
        if old >= 0 { Glibc.close(old) }
    }

    func writeBegins() { state.withLock { $0.began = .now } }

    func writeEnds() { state.withLock { $0.began = nil } }

    /// Shuts the connection down at once, as if the limit had passed.
    func bite() {
        state.withLock { state in
            guard state.descriptor >= 0 else { return }
            shutdown(state.descriptor, Int32(SHUT_RDWR))
            state.hasBitten = true
        }
    }

    /// Whether the watchdog ended the connection.
    var hasBitten: Bool { state.withLock { $0.hasBitten } }

    /// Ends the thread.
    func end() {
        watch(-1)
        state.withLock { $0.isOver = true }
        wakeup.signal()
    }

    /// False: ended.
    private func look() -> Bool {
        let isStuck = state.withLock { state -> Bool? in
            guard !state.isOver else { return nil }
            return state.began.map { $0.duration(to: .now) > limit } ?? false
        }
        if isStuck == true { bite() }
        return isStuck != nil
    }
}
