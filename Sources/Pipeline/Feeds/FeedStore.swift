package import Documents
package import Records

/// What one feed needs of the store. One run is read at a time; other calls come at any time, for one batch is read while
/// those before it are made durable.
package protocol FeedStore: Sendable {
    associatedtype Watch: FeedWatch

    // MARK: Reading

    /// Begins a run: documents that the filter takes and that are not published, in their order. `from` is for feeds by a
    /// field; nil: from the beginning.
    func beginReading(from: FeedMark?) async throws(StoreError) -> FeedReading

    /// The next documents of the run, as many as `count` and about `bytes` at most, and one at least. Empty at the end.
    func nextDocuments(count: Int, bytes: Int) async throws(StoreError) -> BSONSequence

    /// Those of the given ones that the filter takes and that are not published, in any order.
    func documents(withIDs ids: [BSONValue]) async throws(StoreError) -> BSONSequence

    /// The `_id`s of documents that no run of a feed by a field will ever meet, for their field is missing or of another type,
    /// `limit` at most. No index finds them: nil where that is not known within a moment.
    func documentsOutOfOrder(limit: Int) async throws(StoreError) -> [BSONValue]?

    /// The index whose lack makes the server sort the documents of a run; nil where none is missing, or they are few.
    func missingIndex() async throws(StoreError) -> FeedIndex?

    /// The feed as changes are registered; nil where the store cannot tell of changes.
    func makeWatch() -> Watch?

    // MARK: Rows of what failed

    /// The ids of this feed's rows in `gateway.postings`.
    func rowIDs() async throws(StoreError) -> Set<ByteString>

    /// Lets rows that were noted for another destination go to this one: the feed's setting or mapping has been corrected.
    func aimRows(at target: PostingTarget, lease: Lease) async throws(StoreError)

    /// Gives rows that are still to be tried these newer contents, and says which were there to take them.
    func replaceRows(_ rows: [PostingRow], lease: Lease) async throws(StoreError) -> Set<ByteString>

    // MARK: Writing, in the name of a lease

    /// Makes a batch's outcome durable: rows of what failed, then the progress, then the marks in documents.
    func settle(_ settlement: FeedSettlement, lease: Lease) async throws(StoreError) -> FeedSettled

    /// Sets fields of the feed's own row. False: the lease is not ours any more, and nothing was written.
    func note(_ note: FeedNote, lease: Lease) async throws(StoreError) -> Bool

    /// Takes back the marks in documents whose order field is `from` or later; nil: all of them. Only for feeds by a flag.
    func takeBackFlags(from: BSONValue?) async throws(StoreError)
}

/// Changes of a feed's collection. Calls come one at a time.
package protocol FeedWatch: Sendable {
    /// Begins behind `token`; nil: now.
    func open(after token: [UInt8]?) async throws(StoreError) -> FeedWatchStart

    /// Waits up to `limit` for changes.
    func next(atMost limit: Duration) async throws(StoreError) -> FeedChanges

    func close() async
}

package enum FeedWatchStart: Sendable {
    /// What is registered from now on is seen, also by one who later begins behind the token.
    case opened(token: [UInt8])
    /// The store cannot go on from the token any more; why, in words for a person.
    case tokenLost(String)
}

package struct FeedChanges: Sendable {
    /// `_id`s of documents that were inserted or changed, each once.
    package var ids: [BSONValue]
    /// Where to go on.
    package var token: [UInt8]

    package init(ids: [BSONValue], token: [UInt8]) {
        self.ids = ids
        self.token = token
    }
}

/// A run that has begun.
package struct FeedReading: Sendable {
    /// The server's clock, in milliseconds since 1970.
    package var now: Int64

    package init(now: Int64) { self.now = now }
}

/// What became of a batch, to be made durable.
package struct FeedSettlement: Sendable {
    /// Postings that failed, each in place of the one that its document had.
    package var rows: [PostingRow] = []
    /// Rows whose document has been published since.
    package var goneRows: [ByteString] = []
    /// Documents to mark, as they were read.
    package var flags = BSONSequence()
    package var note = FeedNote()

    package init() {}
}

package struct FeedSettled: Sendable {
    /// Whether the lease was still ours; if not, nothing of the batch counts as done.
    package var isOurs: Bool
    /// Documents that were not marked, for they have changed since they were read.
    package var changed: Int

    package init(isOurs: Bool, changed: Int = 0) {
        self.isOurs = isOurs
        self.changed = changed
    }
}

/// An index that a feed's collection should have.
package struct FeedIndex: Sendable, Equatable {
    /// With fewer documents it makes no difference that anybody would notice.
    package static let worthIt = 10_000

    package var collection: String
    package var field: String

    package init(collection: String, field: String) {
        self.collection = collection
        self.field = field
    }

    /// As it is typed into the MongoDB shell.
    package var command: String {
        "db.getCollection(\"\(collection)\").createIndex({\"\(field)\": 1, _id: 1})"
    }
}
