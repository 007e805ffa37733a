package import Contracts
internal import Ingest
internal import Synchronization

/// A connection to a broker in memory that consumes one queue.
package final class InMemoryConsumer: Source {
    private struct State {
        /// Nil where there is none for now.
        var channel: UInt64?
        var number: UInt64 = 0
        /// Handed out and not acknowledged, in order.
        var out: [(number: UInt64, message: InMemoryBroker.Message)] = []
        /// Deliveries of a channel that the pipeline still holds.
        var held: [UInt64: Int] = [:]
        var isStopped = false
    }

    package let events: AsyncStream<SourceEvent>
    private let continuation: AsyncStream<SourceEvent>.Continuation
    private let broker: InMemoryBroker
    private let queue: String
    private let prefetch: Int
    private let state = Mutex(State())

    package init(_ broker: InMemoryBroker, queue: String, prefetch: Int) {
        self.broker = broker
        self.queue = queue
        self.prefetch = prefetch
        (events, continuation) = AsyncStream.makeStream(of: SourceEvent.self)
        openChannel()
        broker.attach(self, to: queue)
    }

    private func openChannel() {
        let channel = broker.newChannel()
        state.withLock { state in
            state.channel = channel
            state.number = 0
        }
        continuation.yield(.up)
    }

    /// Takes what the prefetch count has room for.
    func pump() {
        state.withLock { state in
            guard let channel = state.channel, !state.isStopped, state.out.count < prefetch else { return }
            let messages = broker.next(from: queue, atMost: prefetch - state.out.count)
            if messages.isEmpty { return }
            let deliveries = messages.map { message -> Delivery in
                state.number += 1
                state.out.append((state.number, message))
                return Delivery(
                    tag: DeliveryTag(channel: channel, number: state.number), queue: queue,
                    body: message.posting.body, isRedelivered: message.isRedelivered,
                    properties: message.posting.properties)
            }
            state.held[channel, default: 0] += deliveries.count
            continuation.yield(.deliveries(deliveries))
        }
    }

    package func acknowledge(upTo tag: DeliveryTag) {
        state.withLock { state in
            guard tag.channel == state.channel else { return }
            state.out.removeAll { $0.number <= tag.number }
        }
        pump()
    }

    package func isOpen(_ channel: UInt64) -> Bool {
        state.withLock { $0.channel == channel }
    }

    package func confirmOpen(_ channel: UInt64) async -> Bool { isOpen(channel) }

    package func giveBack() { endChannel(reason: nil) }

    /// The connection is lost, and there again at once.
    package func cut() { endChannel(reason: "the connection was lost") }

    private func endChannel(reason: String?) {
        let back = state.withLock { state in
            defer {
                state.out = []
                state.channel = nil
            }
            return state.out.map(\.message)
        }
        if let reason { continuation.yield(.down(reason: reason)) }
        broker.putBack(back, to: queue)
        openIfFree(evenWhileHeld: reason != nil)
    }

    package func passed(_ count: Int, of channel: UInt64) {
        state.withLock { $0.held[channel, default: 0] -= count }
        openIfFree(evenWhileHeld: false)
    }

    /// Opens a channel where there is none, and the pipeline holds nothing of those before.
    private func openIfFree(evenWhileHeld: Bool) {
        let mayOpen = state.withLock { state in
            state.channel == nil && !state.isStopped
                && (evenWhileHeld || state.held.values.allSatisfy { $0 == 0 })
        }
        guard mayOpen else { return }
        openChannel()
        pump()
    }

    package func stop() {
        state.withLock { $0.isStopped = true }
        continuation.finish()
    }

    package func close() async {
        stop()
        let back = state.withLock { state in
            defer {
                state.out = []
                state.channel = nil
            }
            return state.out.map(\.message)
        }
        broker.detach(self, from: queue)
        broker.putBack(back, to: queue)
    }
}
