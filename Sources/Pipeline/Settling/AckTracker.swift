internal import Synchronization

/// Which deliveries of a channel are settled, and up to which all are: acknowledgements go out for that prefix only, so
/// one `multiple` ack never covers a message that is not durable yet. From any thread.
package final class AckTracker: Sendable {
    private struct State {
        var channel: UInt64 = 0
        /// Number of the first delivery that is not acknowledged yet.
        var first: UInt64 = 1
        /// How many parts of delivery `first + n` are not settled.
        var open: [Int32] = []
        /// Index of `first` in `open`: the front is cut off now and then, not at every step.
        var head = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// Notes a delivery, in the order of arrival. The first one of a new channel forgets the old channel.
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

    /// Tells that a delivery, of which nothing is settled yet, has so many parts: it is settled when all of them are.
    package func split(_ tag: DeliveryTag, into parts: Int) {
        state.withLock { state in
            guard let index = Self.index(of: tag, state) else { return }
            state.open[index] = Int32(clamping: parts)
        }
    }

    /// Notes that a delivery, or one more part of it, is settled. Returns the tag up to which everything now is, if that
    /// moved; nil also for a tag of a channel that is gone.
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

    /// Deliveries that arrived and are not settled, or wait for an earlier one that is not.
    package var outstanding: Int { state.withLock { $0.open.count - $0.head } }
}
