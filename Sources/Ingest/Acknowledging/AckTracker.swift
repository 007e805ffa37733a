package import Contracts
internal import Synchronization

/// Tracks settled deliveries of a channel and the prefix in which all are settled. Acknowledgements cover only that
/// prefix, so a `multiple` ack never covers a message that is not durable. Thread-safe.
package final class AckTracker: Sendable {
    private struct State {
        var channel: UInt64 = 0
        /// Number of the first unacknowledged delivery.
        var first: UInt64 = 1
        /// Number of unsettled parts of delivery `first + n`.
        var open: [Int32] = []
        /// Index of `first` in `open`: the front is removed occasionally, not at every step.
        var head = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// Records a delivery, in order of arrival. The first one of a new channel drops the old channel.
    package func arrived(_ tag: DeliveryTag) {
        state.withLock { state in
            if tag.channel != state.channel {
                state = State()
                state.channel = tag.channel
                state.first = tag.number
            }
            let index = Int(tag.number - state.first) + state.head
            while state.open.count <= index { state.open.append(1) }
        }
    }

    /// Sets the number of parts of an unsettled delivery: it is settled when all of them are.
    package func split(_ tag: DeliveryTag, into parts: Int) {
        state.withLock { state in
            guard let index = Self.index(of: tag, state) else { return }
            state.open[index] = Int32(clamping: parts)
        }
    }

    /// Records that a delivery, or one part of it, is settled. Returns the end of the settled prefix if it moved; nil
    /// also for a closed channel.
    package func settled(_ tag: DeliveryTag) -> DeliveryTag? {
        state.withLock { state in
            guard let index = Self.index(of: tag, state), state.open[index] > 0 else { return nil }
            state.open[index] -= 1
            let start = state.first
            while state.head < state.open.count, state.open[state.head] == 0 {
                state.head += 1
                state.first += 1
            }
            if state.head > 4096 {
                state.open.removeFirst(state.head)
                state.head = 0
            }
            return state.first > start ? DeliveryTag(channel: tag.channel, number: state.first - 1) : nil
        }
    }

    private static func index(of tag: DeliveryTag, _ state: State) -> Int? {
        guard tag.channel == state.channel, tag.number >= state.first else { return nil }
        let index = Int(tag.number - state.first) + state.head
        return index < state.open.count ? index : nil
    }

    /// Deliveries that are unsettled, or wait for an earlier unsettled one.
    package var outstanding: Int { state.withLock { $0.open.count - $0.head } }
}
