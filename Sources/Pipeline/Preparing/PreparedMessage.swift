package import Documents
package import Records

/// A message whose items have been checked and turned into records: all that the plan needs, and nothing it must ask of
/// the definition again.
///
/// A class, for every segment, batch and fold holds one: as a struct, each would count the references of a dozen parts.
package final class PreparedMessage: Sendable {
    package let message: Message
    package let items: [PreparedItem]
    /// The records of items that are not rejected and do not delete, as BSON with `_id` and `companyId` first; on a route
    /// with a `versionField` also of those that delete, with that field alone.
    package let images: BSONSequence
    /// The keys of items that have one, end to end.
    package let ids: [UInt8]
    /// What the items refer to, those of one item side by side.
    package let references: [PreparedReference]
    /// Why items were rejected, by ``PreparedItem/index``.
    package let rejections: [[Reason]]
    /// What is posted of items, in their order.
    package let postings: [PreparedPosting]

    package init(
        message: Message, items: [PreparedItem] = [], images: BSONSequence = BSONSequence(), ids: [UInt8] = [],
        references: [PreparedReference] = [], rejections: [[Reason]] = [],
        postings: [PreparedPosting] = []
    ) {
        self.message = message
        self.items = items
        self.images = images
        self.ids = ids
        self.references = references
        self.rejections = rejections
        self.postings = postings
    }
}

/// One item: what to do with which record, or why not.
package struct PreparedItem: Sendable {
    /// The operation, where it could be read.
    package var operation: Operation?
    /// Bounds of the key in ``PreparedMessage/ids``; empty for a rejected item.
    package var id: Range<Int32>
    /// Index in ``PreparedMessage/images``, or -1; for a rejected item the index in ``PreparedMessage/rejections``.
    package var index: Int32
    package var isRejected: Bool
    /// Bounds in ``PreparedMessage/references``; mostly empty.
    package var references: Range<Int32> = 0..<0
}

/// A record of another catalog that an item refers to.
package struct PreparedReference: Sendable {
    /// Index in ``CatalogMessage/references``.
    package var reference: Int
    /// `_id` of the record referred to.
    package var id: ByteString
}
