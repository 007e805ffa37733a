internal import Contracts
internal import Logging
internal import Synchronization

/// Requests to a file reader, and its status. Thread-safe.
final class FileSourceMailbox: Sendable {
    private struct State {
        var acknowledged: UInt64 = 0
        var isStopped = false
        var trouble: (since: Int64, words: String)?
    }

    /// Signals new requests to the reader.
    let signal = Signal()
    private let state = Mutex(State())

    var acknowledged: UInt64 { state.withLock { $0.acknowledged } }
    var isStopped: Bool { state.withLock { $0.isStopped } }
    var trouble: (since: Int64, words: String)? { state.withLock { $0.trouble } }

    func acknowledge(_ number: UInt64) {
        state.withLock { $0.acknowledged = max($0.acknowledged, number) }
        signal.ring()
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        signal.ring()
    }

    // MARK: Called by the reader

    /// Repeated messages are not logged.
    func trouble(_ words: String, _ logger: Logger) {
        let isNew = state.withLock { state in
            guard state.trouble?.words != words else { return false }
            state.trouble = (state.trouble?.since ?? WallClock.now(), words)
            return true
        }
        if isNew { logger.warning("\(words)") }
    }

    func clear() { state.withLock { $0.trouble = nil } }
}
