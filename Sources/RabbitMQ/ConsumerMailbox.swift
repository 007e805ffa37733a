internal import Lanes
internal import Pipeline
internal import Synchronization

/// What other threads ask of a consumer's thread. Never blocks longer than it takes to write a few words of memory.
final class ConsumerMailbox: Sendable {
    struct Orders {
        /// Acknowledge up to here, on the present channel.
        var acknowledged: UInt64?
        var isStopping: Bool
        var isClosing: Bool
    }

    /// Channels opened by this process. One count for all consumers: were a tag of one ever given to another, it would be
    /// dropped there, and not acknowledge a message that nobody has read.
    private static let channels = Atomic<UInt64>(0)

    private struct State {
        var channel: UInt64 = 0
        var acknowledged: UInt64?
        var isStopping = false
        var isClosing = false
    }

    /// For the thread to wait on.
    let wakeup = Wakeup()
    private let state = Mutex(State())

    /// Acknowledgements add up: only the highest counts. Those of another channel than the present one are dropped.
    func acknowledge(upTo tag: DeliveryTag) {
        let mustWake = state.withLock { state in
            guard tag.channel == state.channel else { return false }
            defer { state.acknowledged = max(state.acknowledged ?? 0, tag.number) }
            return state.acknowledged == nil
        }
        if mustWake { wakeup.signal() }
    }

    func stop() {
        state.withLock { $0.isStopping = true }
        wakeup.signal()
    }

    func close() {
        state.withLock { state in
            state.isStopping = true
            state.isClosing = true
        }
        wakeup.signal()
    }

    /// By the thread, for every channel it opens: the number for its tags. What was for the one before is forgotten.
    func beginChannel() -> UInt64 {
        state.withLock { state in
            state.channel = Self.channels.add(1, ordering: .relaxed).newValue
            state.acknowledged = nil
            return state.channel
        }
    }

    /// By the thread, which then does all of it.
    func take() -> Orders {
        state.withLock { state in
            defer { state.acknowledged = nil }
            return Orders(
                acknowledged: state.acknowledged, isStopping: state.isStopping, isClosing: state.isClosing)
        }
    }

    var isStopping: Bool { state.withLock { $0.isStopping } }
}
