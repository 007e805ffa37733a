/// The collections that are the gateway's own.
package enum StoreCollections {
    package static let ledger = "gateway.ledger"
    /// Postings that are due, and those that failed.
    package static let postings = "gateway.postings"
    package static let deadLetters = "gateway.deadLetters"
    /// The bytes of dead letters that are too large for one document.
    package static let deadLetterParts = "gateway.deadLetterParts"
    /// Messages for sockets.
    package static let pushes = "gateway.pushes"
    /// Versions of deleted records, for routes that order updates by a version.
    package static let tombstones = "gateway.tombstones"
    /// What operators did.
    package static let audit = "gateway.audit"
    /// Progress and leases of feeds.
    package static let feeds = "gateway.feeds"
    /// The next numbers of sequences.
    package static let sequences = "gateway.sequences"
    /// The heartbeats of running gateways and the ids of their sessions.
    package static let instances = "gateway.instances"

    package static let all = [
        ledger, deadLetters, deadLetterParts, postings, pushes, tombstones, audit, feeds, sequences, instances,
    ]
}
