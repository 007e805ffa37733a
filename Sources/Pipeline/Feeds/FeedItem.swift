internal import Documents
internal import Records

/// One document on its way: what is published of it, or why nothing is.
struct FeedItem: Sendable {
    enum Way: Sendable {
        /// To the broker.
        case publish
        /// Into the row that it had already, for the courier must not be overtaken.
        case replaceRow
        /// Into a row: it can never be published as it is.
        case stuck(FeedOutcome)
    }

    /// As it stands, or would stand, in `gateway.postings`.
    var row: PostingRow
    var way = Way.publish
    /// Whether there is a row of it that goes once it is published.
    var hasRow = false
    /// Nil for what is no document, such as the gateway's own console.
    var version: FeedMemory.Version?
}

/// Documents read in one go and made into postings.
struct FeedBatch: Sendable {
    /// What holds a place in the flow: no other batch with one of these is under way at the same time.
    var ids: [BSONValue] = []
    var items: [FeedItem] = []
    /// Documents to mark once all is durable.
    var flags = BSONSequence()
    var mark: FeedMark?
    var resumeToken: [UInt8]?
    var documents = 0
    var skipped = 0
    /// Milliseconds since 1970.
    var readAt: Int64 = 0
    /// After this the documents may be another gateway's to publish.
    var claimedUntil: ContinuousClock.Instant?
}
