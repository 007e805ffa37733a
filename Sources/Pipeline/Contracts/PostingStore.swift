/// Where postings wait: `gateway.postings`. Calls of one value come one at a time.
package protocol PostingStore: Sendable {
    /// Rows that can be published, those of each destination in the order of their ids, `limit` at most and not much more than
    /// `bytes` of bodies; only such as will not be taken back by a failover of the store. None of those destinations
    /// (``PostingTarget/description``), none that only a person can help, and none of a feed before its next try (`now`:
    /// milliseconds since 1970). What waits for one destination does not make the others wait.
    func waiting(
        limit: Int, bytes: Int, without destinations: [String], now: Int64
    ) async throws(StoreError) -> [PostingRow]

    /// Removes rows that are done, where they still hold the version that was published. Durable on return.
    func remove(_ rows: [PostingRow]) async throws(StoreError)

    /// Writes state, attempts, reason and next try of rows, where they still hold this version. Durable on return.
    func update(_ rows: [PostingRow]) async throws(StoreError)
}

/// Takes postings to somewhere else than a broker.
package protocol PostingOutlet: Sendable {
    /// Returns what became of each, in the same order, as ``Publisher`` does.
    func deliver(_ rows: [PostingRow]) async -> [PostingResult]
}
