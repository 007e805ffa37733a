package import Contracts

/// Observes what the pipeline did; counts and shows it. Called from lanes: must be quick and must not block.
package protocol IngestObserver: Sendable {
    /// A batch is durable.
    func settled(_ batch: SettledBatch)
    /// A lane is retrying; `since` milliseconds since 1970.
    func waiting(lane: Int, error: StoreError, since: Int64)
    /// The lane continues.
    func resumed(lane: Int)
    /// A message ignored by the route.
    func ignored(_ delivery: DeliveryFacts)
}

extension IngestObserver {
    package func ignored(_ delivery: DeliveryFacts) {}
}

package struct SettledBatch: Sendable {
    package let batch: Batch
    package let result: BatchResult
    /// From taking the batch to its commit.
    package let duration: Duration
    /// Time after the commit, in milliseconds since 1970.
    package let at: Int64
}
