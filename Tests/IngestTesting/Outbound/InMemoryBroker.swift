package import Contracts
internal import Ingest
import Mappings
internal import Synchronization

/// A broker in memory: queues, and connections that publish to them and consume from them.
package final class InMemoryBroker: Sendable {
    /// What becomes of one posting.
    package enum Fault: Sendable, CaseIterable {
        /// The connection ends before it arrives.
        case lostBefore
        /// The connection ends after it has arrived, and before its confirm.
        case lostAfter
        case refused
    }

    struct Message: Sendable {
        var posting: Posting
        var isRedelivered = false
    }

    private struct Queue {
        var ready: [Message] = []
        var consumers: [InMemoryConsumer] = []
    }

    private struct State {
        var queues: [String: Queue] = [:]
        var channels: UInt64 = 0
    }

    private let state = Mutex(State())
    private let fault = Mutex<(@Sendable (Posting) -> Fault?)?>(nil)

    package init() {}

    package func declare(_ queue: String) { state.withLock { $0.queues[queue] = $0.queues[queue] ?? Queue() } }
    package func delete(_ queue: String) { state.withLock { $0.queues[queue] = nil } }

    /// Asked for what is to go wrong with each posting; nil: nothing does any more.
    package func fail(_ fault: (@Sendable (Posting) -> Fault?)?) { self.fault.withLock { $0 = fault } }

    /// What waits in a queue, in its order.
    package func waiting(in queue: String) -> [Posting] {
        state.withLock { $0.queues[queue]?.ready.map(\.posting) ?? [] }
    }

    // MARK: By its connections

    func fault(for posting: Posting) -> Fault? { fault.withLock { $0 }?(posting) }

    func newChannel() -> UInt64 {
        state.withLock { state in
            state.channels += 1
            return state.channels
        }
    }

    /// False where no queue takes it.
    func take(_ posting: Posting) -> Bool {
        let consumers = state.withLock { state -> [InMemoryConsumer]? in
            guard posting.exchange.isEmpty, state.queues[posting.routingKey] != nil else { return nil }
            state.queues[posting.routingKey]?.ready.append(Message(posting: posting))
            return state.queues[posting.routingKey]?.consumers
        }
        for consumer in consumers ?? [] { consumer.pump() }
        return consumers != nil
    }

    func attach(_ consumer: InMemoryConsumer, to queue: String) {
        state.withLock { $0.queues[queue]?.consumers.append(consumer) }
        consumer.pump()
    }

    func detach(_ consumer: InMemoryConsumer, from queue: String) {
        state.withLock { $0.queues[queue]?.consumers.removeAll { $0 === consumer } }
    }

    func next(from queue: String, atMost count: Int) -> [Message] {
        state.withLock { state in
            let some = Array(state.queues[queue]?.ready.prefix(count) ?? [])
            state.queues[queue]?.ready.removeFirst(some.count)
            return some
        }
    }

    /// Messages that were handed out come again, before all others.
    func putBack(_ messages: [Message], to queue: String) {
        let consumers = state.withLock { state in
            let again = messages.map { Message(posting: $0.posting, isRedelivered: true) }
            state.queues[queue]?.ready.insert(contentsOf: again, at: 0)
            return state.queues[queue]?.consumers ?? []
        }
        for consumer in consumers { consumer.pump() }
    }
}

/// A connection to a broker in memory that publishes with confirms.
package final class InMemoryPublisher: Publisher {
    private let broker: InMemoryBroker
    private let latency: @Sendable () async -> Void
    private let isClosed = Mutex(false)

    /// `latency`: awaited before each posting.
    package init(_ broker: InMemoryBroker, latency: @escaping @Sendable () async -> Void = {}) {
        self.broker = broker
        self.latency = latency
    }

    package func publish(
        _ postings: [Posting], while mayPublish: @escaping @Sendable () -> Bool
    ) async -> [PostingResult] {
        var results: [PostingResult] = []
        var end: String?
        for posting in postings {
            if end == nil { await latency() }
            if Task.isCancelled { end = end ?? "the task was cancelled" }
            if isClosed.withLock({ $0 }) { end = end ?? "the connection is closed" }
            if end == nil, !mayPublish() { end = "it may not be published any more" }
            if let end {
                results.append(.unknown(reason: end))
                continue
            }
            switch broker.fault(for: posting) {
            case .lostBefore: end = "the connection was lost"
            case .lostAfter:
                _ = broker.take(posting)
                end = "the connection was lost"
            case .refused:
                results.append(.refused)
                continue
            case nil:
                let isTaken = broker.take(posting) || !posting.isMandatory
                results.append(isTaken ? .confirmed : .returned(code: 312, reason: "NO_ROUTE"))
                continue
            }
            results.append(.unknown(reason: end ?? ""))
        }
        return results
    }

    package func close() async { isClosed.withLock { $0 = true } }
}
