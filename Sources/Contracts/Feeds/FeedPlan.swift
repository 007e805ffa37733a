package import JSON

/// Definition of a feed: its documents, schedule and progress. Immutable.
package struct FeedPlan: Sendable {
    /// How published documents are tracked.
    package enum Progress: Sendable, Equatable {
        /// By a growing field, such as a last-change date: documents beyond the mark are read. To catch late writers,
        /// the last `overlapMilliseconds` before the mark are read again, except documents already published.
        case field(String, overlapMilliseconds: Int64)
        /// By a field set to true in published documents.
        case flag(String)
        /// All documents in every run.
        case snapshot

        package var kind: FeedProgressKind {
            switch self {
            case .field: .field
            case .flag: .flag
            case .snapshot: .snapshot
            }
        }
    }

    /// The field by which gateways claim documents of a shared feed; not published.
    package static let claimField = "gatewayClaim"

    package var name: String
    package var collection: String
    /// MongoDB query as BSON; an empty document for all.
    package var filter: [UInt8]
    package var progress: Progress
    /// The field that distinguishes versions in message-ids; nil: a hash of the published text.
    package var versionField: String?
    /// The order of publishing, besides the progress field; ties by `_id`.
    package var order: String?
    /// Whether to follow the change stream.
    package var watches: Bool
    /// Documents per batch.
    package var batchDocuments: Int
    /// Whether gateways share the documents, each claiming some; requires a flag.
    package var isShared: Bool

    package init(
        name: String, collection: String, filter: [UInt8] = [5, 0, 0, 0, 0], progress: Progress,
        versionField: String? = nil, order: String? = nil, watches: Bool = false, batchDocuments: Int = 500,
        isShared: Bool = false
    ) {
        self.name = name
        self.collection = collection
        self.filter = filter
        self.progress = progress
        self.versionField = versionField
        self.order = order
        self.watches = watches
        self.batchDocuments = batchDocuments
        self.isShared = isShared
    }
}

/// How a feed knows what it has published, as rows of `gateway.feeds` and the HTTP interface name it.
package enum FeedProgressKind: String, Sendable {
    /// By a field that grows.
    case field
    /// By a flag in each document.
    case flag
    /// It does not: each run publishes all documents, and there is nothing to go back in.
    case snapshot
}

/// What a feed makes of one document. Keeps its memory between documents, so each run has one of its own.
package protocol FeedRenderer: AnyObject {
    /// The JSON text to publish, or why there is none. `document`: BSON. `now`: time of sending, in milliseconds since
    /// 1970.
    func render(_ document: UnsafeRawBufferPointer, now: Int64) -> FeedRendering

    /// What every run publishes besides documents, such as the gateway's own console.
    func own(now: Int64) -> [(id: ByteString, body: [UInt8])]
}

package enum FeedRendering: Sendable {
    case body([UInt8])
    /// Excluded by the route's `when`.
    case skipped
    /// Cannot be published as it is; a text for people.
    case failed(String)
}
