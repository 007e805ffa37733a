internal import Glibc
internal import Logging
internal import Pipeline
internal import Synchronization

/// What others ask of a reader of files, and what it tells them. From any thread.
final class ReplayDesk: Sendable {
    private struct State {
        var acknowledged: UInt64 = 0
        var isStopped = false
        var trouble: (since: Int64, words: String)?
    }

    /// Rung when there is something new for the reader.
    let bell = Bell()
    private let state = Mutex(State())

    var acknowledged: UInt64 { state.withLock { $0.acknowledged } }
    var isStopped: Bool { state.withLock { $0.isStopped } }
    var trouble: (since: Int64, words: String)? { state.withLock { $0.trouble } }

    func acknowledge(_ number: UInt64) {
        state.withLock { $0.acknowledged = max($0.acknowledged, number) }
        bell.ring()
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        bell.ring()
    }

    // MARK: By the reader

    /// The same words again are no news.
    func trouble(_ words: String, _ logger: Logger) {
        let isNew = state.withLock { state in
            guard state.trouble?.words != words else { return false }
            state.trouble = (state.trouble?.since ?? Self.now(), words)
            return true
        }
        if isNew { logger.warning("\(words)") }
    }

    func clear() { state.withLock { $0.trouble = nil } }

    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
