package import JSON
package import BSON

/// The store of one feed. One run is read at a time; other calls may be concurrent, since batches are read while
/// earlier ones are made durable.
package protocol FeedStore: Sendable {
    associatedtype Watch: FeedWatch

    // MARK: Reading

    /// Starts a run: matching unpublished documents, in order. `from`: for feeds by a field; nil: from the beginning.
    func beginReading(from: FeedCheckpoint?) async throws(StoreError) -> FeedReading

    /// The next documents of the run: at most `count` and about `bytes`, at least one. Empty at the end.
    func nextDocuments(count: Int, bytes: Int) async throws(StoreError) -> BSONSequence

    /// Those of the given documents that match and are unpublished, in any order.
    func documents(withIDs ids: [BSONValue]) async throws(StoreError) -> BSONSequence

    /// `_id`s of at most `limit` documents that runs by a field can never read, since the field is missing or of
    /// another type. No index covers them: nil if not found quickly.
    func documentsOutOfOrder(limit: Int) async throws(StoreError) -> [BSONValue]?

    /// A missing index that would avoid sorting a run's documents on the server; nil if none, or if there are few
    /// documents.
    func missingIndex() async throws(StoreError) -> FeedIndex?

    /// The feed's change stream; nil if the store has none.
    func makeWatch() -> Watch?

    // MARK: Rows of what failed

    /// Ids of the feed's rows in `gateway.postings`.
    func rowIDs() async throws(StoreError) -> Set<ByteString>

    /// Redirects rows to this target: the feed's setting or mapping was corrected.
    func aimRows(at target: PostingTarget, lease: Lease) async throws(StoreError)

    /// Replaces the contents of rows that are still retried. Returns the ids that existed.
    func replaceRows(_ rows: [PostingRow], lease: Lease) async throws(StoreError) -> Set<ByteString>

    // MARK: Writing, in the name of a lease

    /// Makes a batch's result durable: failed rows, then the progress, then the flags in documents.
    func settle(_ settlement: FeedSettlement, lease: Lease) async throws(StoreError) -> FeedSettled

    /// Updates the feed's row. False: the lease was lost, and nothing was written.
    func note(_ note: FeedNote, lease: Lease) async throws(StoreError) -> Bool

    /// Clears the flags in documents whose order field is `from` or later; nil: in all. Only for feeds by a flag.
    func takeBackFlags(from: BSONValue?) async throws(StoreError)
}

/// A change stream of a feed's collection. One call at a time.
package protocol FeedWatch: Sendable {
    /// Starts after `token`; nil: now.
    func open(after token: [UInt8]?) async throws(StoreError) -> FeedWatchStart

    /// Waits up to `limit` for changes.
    func next(atMost limit: Duration) async throws(StoreError) -> FeedChanges

    func close() async
}

package enum FeedWatchStart: Sendable {
    /// Later changes are seen, also when resuming after the token.
    case opened(token: [UInt8])
    /// The store cannot resume after the token; the reason, for people.
    case tokenLost(String)
}

package struct FeedChanges: Sendable {
    /// `_id`s of inserted or changed documents, without duplicates.
    package var ids: [BSONValue]
    /// Resume token.
    package var token: [UInt8]

    package init(ids: [BSONValue], token: [UInt8]) {
        self.ids = ids
        self.token = token
    }
}

/// A started run.
package struct FeedReading: Sendable {
    /// The server's clock, in milliseconds since 1970.
    package var now: Int64

    package init(now: Int64) { self.now = now }
}

/// A batch's result, to be made durable.
package struct FeedSettlement: Sendable {
    /// Failed postings; each replaces its document's previous one.
    package var rows: [PostingRow] = []
    /// Rows whose documents were published.
    package var goneRows: [ByteString] = []
    /// Documents to flag, as read.
    package var flags = BSONSequence()
    package var note = FeedNote()

    package init() {}
}

package struct FeedSettled: Sendable {
    /// Whether the lease was still ours; if not, nothing was written.
    package var isOurs: Bool
    /// Documents not flagged, since they have changed.
    package var changed: Int

    package init(isOurs: Bool, changed: Int = 0) {
        self.isOurs = isOurs
        self.changed = changed
    }
}

/// A recommended index of a feed's collection.
package struct FeedIndex: Sendable, Equatable {
    /// With fewer documents the index makes no noticeable difference.
    package static let worthIt = 10_000

    package var collection: String
    package var field: String

    package init(collection: String, field: String) {
        self.collection = collection
        self.field = field
    }

    /// As a MongoDB shell command.
    package var command: String {
        "db.getCollection(\"\(collection)\").createIndex({\"\(field)\": 1, _id: 1})"
    }
}
