import Ingest
import Contracts
import IngestTesting
import JSON
@testable import Publishing
import Synchronization
import Testing

/// The outbox relay between its store and its publisher, where only the moment at which it loses its lease matters.
@Suite struct OutboxRelayTests {
    private final class Rows: PostingStore {
        private let rows: Mutex<[PostingRow]>
        /// Called once rows are read, before they are published.
        let hasRead: @Sendable () -> Void

        init(_ rows: [PostingRow], hasRead: @escaping @Sendable () -> Void) {
            self.rows = Mutex(rows)
            self.hasRead = hasRead
        }

        var left: [PostingRow] { rows.withLock { $0 } }

        func waiting(limit: Int, bytes: Int, without: [String], now: Int64) async throws(StoreError) -> [PostingRow] {
            defer { hasRead() }
            return left
        }
        func remove(_ done: [PostingRow]) async throws(StoreError) {
            rows.withLock { rows in rows.removeAll { row in done.contains { $0.id == row.id } } }
        }
        func update(_ rows: [PostingRow]) async throws(StoreError) {}
    }

    /// Confirms all that it may publish, as a connection does.
    private final class Broker: Publisher, PostingOutlet {
        let sent = Mutex<[String]>([])

        func publish(
            _ postings: [Posting], while mayPublish: @escaping @Sendable () -> Bool
        ) async -> [PostingResult] {
            postings.map { posting in
                guard mayPublish() else { return .unknown(reason: "not sent") }
                sent.withLock { $0.append(posting.properties.messageId?.description ?? "") }
                return .confirmed
            }
        }
        func deliver(_ rows: [PostingRow]) async -> [PostingResult] {
            sent.withLock { $0 += rows.map { $0.id.description } }
            return rows.map { _ in .confirmed }
        }
        func close() async {}
    }

    private struct Silent: PostingObserver {
        func posted(_ row: PostingRow, _ outcome: PostingOutcome) {}
        func relayWaits(_ error: StoreError) {}
        func destinationWaits(_ target: PostingTarget, reason: String) {}
    }

    private static func rows(_ target: PostingTarget) -> [PostingRow] {
        (0..<10).map { number in
            var row = PostingRow(
                id: ByteString("p\(number)"), origin: .route, name: "r", target: target, body: [], registeredAt: 0)
            row.messageId = row.id
            return row
        }
    }

    /// One who was stopped between reading rows and publishing them: another one has published newer versions since.
    @Test("who has lost the lease publishes nothing of what it had read", arguments: [false, true])
    func lostLease(toFile: Bool) async {
        let target = toFile ? PostingTarget.file(path: "f") : .amqp(exchange: "", routingKey: "q")
        let isHeld = Atomic(true)
        let store = Rows(Self.rows(target)) { isHeld.store(false, ordering: .releasing) }
        let broker = Broker()
        await OutboxRelay(
            store: store, publisher: broker, replayer: broker, outlet: broker, environment: Fixtures.environment,
            observer: Silent()
        ).run(news: Signal()) { isHeld.load(ordering: .acquiring) }
        #expect(broker.sent.withLock { $0 }.isEmpty)
        #expect(store.left.count == 10)
    }

    @Test func `who loses it half way keeps the rows that were not published`() async {
        let asked = Atomic(0)
        let store = Rows(Self.rows(.amqp(exchange: "", routingKey: "q"))) {}
        let broker = Broker()
        await OutboxRelay(
            store: store, publisher: broker, replayer: broker, outlet: broker, environment: Fixtures.environment,
            observer: Silent()
        ).run(news: Signal()) { asked.wrappingAdd(1, ordering: .relaxed).newValue <= 6 }
        let sent = broker.sent.withLock { $0 }
        #expect(!sent.isEmpty && sent.count < 10)
        #expect(store.left.map { $0.id.description } == (sent.count..<10).map { "p\($0)" })
    }

    /// A broker that has none of the queues.
    private final class Nowhere: Publisher, PostingOutlet {
        func publish(
            _ postings: [Posting], while mayPublish: @escaping @Sendable () -> Bool
        ) async -> [PostingResult] {
            postings.map { _ in .returned(code: 312, reason: "NO_ROUTE") }
        }
        func deliver(_ rows: [PostingRow]) async -> [PostingResult] { [] }
        func close() async {}
    }

    @Test func `a reply that nobody waits for any more goes, and its destination rests no longer`() async {
        let expired = PostingTarget.amqp(exchange: "", routingKey: "amq.gen-1")
        var row = PostingRow(id: "p", origin: .result, name: "r", target: expired, body: [], registeredAt: 0)
        row.expiresAt = Fixtures.now - 1
        let looks = Atomic(0)
        let store = Rows([row]) { _ = looks.add(1, ordering: .relaxed) }
        await OutboxRelay(
            store: store, publisher: Nowhere(), replayer: Nowhere(), outlet: Nowhere(),
            environment: Fixtures.environment, observer: Silent()
        ).run(news: Signal()) { looks.load(ordering: .relaxed) < 2 }
        #expect(store.left.isEmpty)
    }
}
