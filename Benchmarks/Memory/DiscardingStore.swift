import BSON
import Contracts
import Ingest

/// A store that plans every batch, as the real one does, and keeps nothing of it: what is measured is the gateway's own
/// memory.
struct DiscardingStore: Store {
    func settle<Result: Sendable>(
        _ reads: StoreReads, turn: CommitTurn,
        plan: @Sendable (StoreSnapshot) -> (writes: StoreWrites, result: Result)
    ) async throws(StoreError) -> Result {
        guard await turn.mayCommit() else { throw .gaveWay }
        return plan(StoreSnapshot(ledger: BSONSequence(), records: reads.records.map { _ in BSONSequence() })).result
    }
}

/// Hands out one delivery, and waits for its acknowledgement.
final class OneDelivery: Source {
    let events: AsyncStream<SourceEvent>
    private let continuation: AsyncStream<SourceEvent>.Continuation

    init(_ delivery: Delivery) {
        (events, continuation) = AsyncStream.makeStream(of: SourceEvent.self)
        continuation.yield(.deliveries([delivery]))
        continuation.finish()
    }

    func acknowledge(upTo tag: DeliveryTag) {}
    func stop() {}
    func close() async {}
}

/// Counts what became of the items.
final class CountingObserver: IngestObserver {
    func settled(_ batch: SettledBatch) {}
    func waiting(lane: Int, error: StoreError, since: Int64) { fatalError("the store refuses: \(error)") }
    func resumed(lane: Int) {}
}
