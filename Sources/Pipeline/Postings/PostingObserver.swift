/// Is told what became of postings; counts and shows it. From any thread: must be quick and must not block.
package protocol PostingObserver: Sendable {
    func posted(_ row: PostingRow, _ outcome: PostingOutcome)
    /// The courier cannot go on for now, and tries again.
    func courierWaits(_ error: StoreError)
    /// Nothing gets through to there for now, for a reason that is no failure of a posting.
    func destinationWaits(_ target: PostingTarget, reason: String)
}

package enum PostingOutcome: String, Sendable, CaseIterable {
    case confirmed, failed
    /// A reply that nobody waits for any more.
    case givenUp
}
