package import Documents

/// How a feed runs: which documents it publishes, when, and how far it remembers to have come. A value that only runs.
package struct FeedPlan: Sendable {
    /// How it is known which documents have been published.
    package enum Progress: Sendable, Equatable {
        /// A field that grows, such as a date of the last change: documents behind the mark are read. So that a document
        /// whose writer was late is not missed, the stretch of `overlapMilliseconds` before the mark is read again, without
        /// those of it that were published.
        case field(String, overlapMilliseconds: Int64)
        /// A field that is set to true in the document once it is published.
        case flag(String)
        /// All documents at every run.
        case snapshot
    }

    /// The field by which gateways that share the documents of a feed claim them; no part of what is published.
    package static let claimField = "gatewayClaim"

    package var name: String
    package var collection: String
    /// A query of MongoDB, as BSON; an empty document for all.
    package var filter: [UInt8]
    package var progress: Progress
    /// The field whose value tells one version of a document from another in message-ids; without it a hash of what is
    /// published does.
    package var versionField: String?
    /// The field that documents are published in the order of, beyond the progress field; `_id` decides among equals.
    package var order: String?
    /// Whether changes are followed as they are registered.
    package var watches: Bool
    /// Documents read and published at a time.
    package var batchDocuments: Int
    /// Whether several gateways share the documents, each claiming some; needs a flag.
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

/// What a feed makes of one document. Keeps its memory between documents, so each run has one of its own.
package protocol FeedRenderer: AnyObject {
    /// The JSON text to publish, or why there is none. `document`: BSON. `now`: the time of sending, in milliseconds since
    /// 1970.
    func render(_ document: UnsafeRawBufferPointer, now: Int64) -> FeedRendering

    /// What is published at every run beside the documents, such as the gateway's own console.
    func own(now: Int64) -> [(id: ByteString, body: [UInt8])]
}

package enum FeedRendering: Sendable {
    case body([UInt8])
    /// The route's `when` does not take it.
    case skipped
    /// It cannot be published as it is; in words for a person.
    case failed(String)
}
