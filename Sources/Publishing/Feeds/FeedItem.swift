internal import BSON
internal import Contracts
internal import JSON

/// One document in progress: what is published of it, or why nothing is.
struct FeedItem: Sendable {
    enum Way: Sendable {
        /// Publish to the broker.
        case publish
        /// Replace its existing outbox row, so that the relay's older version is not overtaken.
        case replaceRow
        /// Write a row: it can never be published as it is.
        case stuck(FeedOutcome)
    }

    /// As stored, or to be stored, in `gateway.postings`.
    var row: PostingRow
    var way = Way.publish
    /// Whether an existing row must be deleted once it is published.
    var hasRow = false
    /// Nil for something other than a document, such as the gateway's own console.
    var version: FeedMemory.Version?
}

/// Documents read at once and rendered to postings.
struct FeedBatch: Sendable {
    /// Ids reserved in the flow: no other batch in flight has them.
    var ids: [BSONValue] = []
    var items: [FeedItem] = []
    /// Documents to flag once all is durable.
    var flags = BSONSequence()
    var mark: FeedCheckpoint?
    var resumeToken: [UInt8]?
    var documents = 0
    var skipped = 0
    /// Milliseconds since 1970.
    var readAt: Int64 = 0
    /// After this time another gateway may claim the documents.
    var claimedUntil: ContinuousClock.Instant?
}
