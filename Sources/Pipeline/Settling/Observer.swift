/// Is told what the pipeline did; counts and shows it. Called from lanes: must be quick and must not block.
package protocol PipelineObserver: Sendable {
    /// A batch is durable.
    func settled(_ batch: SettledBatch)
    /// A lane cannot go on for now and tries again; `since` milliseconds since 1970.
    func waiting(lane: Int, error: StoreError, since: Int64)
    /// The lane goes on.
    func resumed(lane: Int)
    /// A message that the route lets go.
    func ignored(_ delivery: DeliveryFacts)
}

extension PipelineObserver {
    package func ignored(_ delivery: DeliveryFacts) {}
}

package struct SettledBatch: Sendable {
    package let batch: Batch
    package let result: BatchResult
    /// Time from taking the batch to its commit.
    package let duration: Duration
    /// Milliseconds since 1970, after the commit.
    package let at: Int64
}
