/// The outbox `gateway.postings`. One call at a time.
package protocol PostingStore: Sendable {
    /// Publishable rows, in id order for each destination: at most `limit`, and not much more than `bytes` of bodies.
    /// Only rows that a failover cannot roll back. Excludes the given destinations (``PostingTarget/description``),
    /// stuck rows, and a feed's rows before their next try (`now`: milliseconds since 1970). A backlog for one
    /// destination does not delay the others.
    func waiting(
        limit: Int, bytes: Int, without destinations: [String], now: Int64
    ) async throws(StoreError) -> [PostingRow]

    /// Deletes published rows, unless their version has changed. Durable on return.
    func remove(_ rows: [PostingRow]) async throws(StoreError)

    /// Updates state, attempts, reason and next try of rows, unless their version has changed. Durable on return.
    func update(_ rows: [PostingRow]) async throws(StoreError)
}

/// A destination other than a broker.
package protocol PostingOutlet: Sendable {
    /// Returns each row's result, in order, as ``Publisher`` does.
    func deliver(_ rows: [PostingRow]) async -> [PostingResult]
}
