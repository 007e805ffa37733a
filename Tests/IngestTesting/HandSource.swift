package import Contracts
package import Ingest
internal import Synchronization

/// A source that a test feeds by hand, and that remembers what was acknowledged.
package final class HandSource: Source {
    package let events: AsyncStream<SourceEvent>
    private let continuation: AsyncStream<SourceEvent>.Continuation
    private let acks = Mutex<[DeliveryTag]>([])
    private let given = Mutex<[(tag: DeliveryTag, answer: RequestAnswer)]>([])

    package init() { (events, continuation) = AsyncStream.makeStream(of: SourceEvent.self) }

    package func deliver(_ deliveries: [Delivery]) { continuation.yield(.deliveries(deliveries)) }

    package var acknowledged: [DeliveryTag] { acks.withLock { $0 } }

    package func acknowledge(upTo tag: DeliveryTag) { acks.withLock { $0.append(tag) } }
    /// What requests were answered, in order.
    package var answers: [(tag: DeliveryTag, answer: RequestAnswer)] { given.withLock { $0 } }

    package func answer(_ answer: RequestAnswer, to tag: DeliveryTag) { given.withLock { $0.append((tag, answer)) } }

    package func stop() { continuation.finish() }
    package func close() async {}
}

/// Remembers every settled batch.
package final class RecordingObserver: IngestObserver {
    private let batches = Mutex<[SettledBatch]>([])
    private let waits = Mutex<[StoreError]>([])

    package init() {}

    package var settled: [SettledBatch] { batches.withLock { $0 } }
    package var errors: [StoreError] { waits.withLock { $0 } }

    package func settled(_ batch: SettledBatch) { batches.withLock { $0.append(batch) } }
    package func waiting(lane: Int, error: StoreError, since: Int64) { waits.withLock { $0.append(error) } }
    package func resumed(lane: Int) {}
}
