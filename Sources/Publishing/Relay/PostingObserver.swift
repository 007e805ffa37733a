package import Contracts

/// Observes what became of postings; counts and shows it. Called on any thread: must be quick and must not block.
package protocol PostingObserver: Sendable {
    func posted(_ row: PostingRow, _ outcome: PostingOutcome)
    /// The relay is backing off from the store and retrying.
    func relayWaits(_ error: StoreError)
    /// The destination is unavailable, for a reason other than a failed posting.
    func destinationWaits(_ target: PostingTarget, reason: String)
}

package enum PostingOutcome: String, Sendable, CaseIterable {
    case confirmed, failed
    /// An expired reply.
    case givenUp
}
