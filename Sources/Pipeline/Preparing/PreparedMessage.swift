package import Documents
package import Records

/// Items of a message that have been checked and turned into records: all that the plan needs, and nothing it must ask of
/// the definition again. Those of a usual message all at once; those of a long one part by part, as batches are cut.
///
/// A class, for every segment, batch and fold holds one: as a struct, each would count the references of a dozen parts.
package final class PreparedMessage: Sendable {
    /// In the parts of a large message, with the window that holds their items.
    package let message: Message
    /// The number, in the message, of the first item of this part.
    package let firstItem: Int
    /// Where that one stands in the message's document.
    let firstNode: Int
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
    /// What goes on behind this part; nil where it is the end of the message.
    package let rest: ItemsLeft?
    /// Why items before this part were rejected; as many as a result tells.
    let earlierErrors: [Reason]
    /// Bytes of the whole message for the bound of what is in flight: as it came, or, where its first part takes more than four
    /// times that in memory, a quarter of what it takes.
    let weight: Int

    package init(
        message: Message, firstItem: Int = 0, firstNode: Int = 0, items: [PreparedItem] = [],
        images: BSONSequence = BSONSequence(), ids: [UInt8] = [], references: [PreparedReference] = [],
        rejections: [[Reason]] = [], postings: [PreparedPosting] = [], rest: ItemsLeft? = nil,
        earlierErrors: [Reason] = [], weight: Int? = nil
    ) {
        self.message = message
        self.firstItem = firstItem
        self.firstNode = firstNode
        self.items = items
        self.images = images
        self.ids = ids
        self.references = references
        self.rejections = rejections
        self.postings = postings
        self.rest = rest
        self.earlierErrors = earlierErrors
        self.weight = weight ?? message.delivery.byteCount
    }

    /// Items of the whole message, as far as it is known: where a mapping leaves items out of a large message, not more
    /// than that.
    package var itemCount: Int { if case .catalog(let catalog) = message.content { catalog.itemCount } else { 0 } }

    /// The number, in the message, behind the last item of this part.
    package var endItem: Int { firstItem + items.count }

    /// Items of the whole message at its end; before, at least one more than there were so far.
    package var ledgerCount: Int { rest == nil ? endItem : max(itemCount, endItem + 1) }

    /// The item of that number in the message, which is in this part.
    package func item(_ index: Int) -> PreparedItem { items[index - firstItem] }
}

/// The items of a message that are not prepared yet.
package struct ItemsLeft: Sendable {
    /// With the document that holds the next item, or, where that is used up, the one before it.
    let message: Message
    /// Where the next item stands; nil where it is in the next window.
    let node: Int?
    /// The next item's number in the message.
    let item: Int
    let earlierErrors: [Reason]
    /// ``PreparedMessage/weight``; nil before the first part is made.
    let weight: Int?
}

/// One item: what to do with which record, or why not.
package struct PreparedItem: Sendable {
    /// The operation, where it could be read.
    package var operation: Operation?
    /// Bounds of the key in ``PreparedMessage/ids``; empty for a rejected item.
    package var id: Range<Int>
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
