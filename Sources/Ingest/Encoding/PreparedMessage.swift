package import JSON
package import BSON
internal import Contracts
internal import Mappings
internal import Schemas

/// Validated and encoded items of a message: everything the plan needs. Usually all items at once; of a long message
/// part by part, as batches are cut.
///
/// A class, since every segment, batch and fold holds one: a struct would retain a dozen members each.
package final class PreparedMessage: Sendable {
    /// In parts of a large message, with the window that holds their items.
    package let message: Message
    /// Number, in the message, of this part's first item.
    package let firstItem: Int
    /// Its node in the message's document.
    let firstNode: Int
    package let items: [PreparedItem]
    /// Records of accepted items that do not delete, as BSON with `_id` and `companyId` first. On a route with a
    /// `versionField` also of those that delete, with only that field.
    package let images: BSONSequence
    /// Keys of items, concatenated.
    package let ids: [UInt8]
    /// References of items, grouped by item.
    package let references: [PreparedReference]
    /// Reasons of rejected items, by ``PreparedItem/index``.
    package let rejections: [[Reason]]
    /// Postings of items, in order.
    package let postings: [PreparedPosting]
    /// Further records of accepted items, in order.
    package let records: [PreparedRecord]
    /// The rest of the message; nil at its end.
    package let rest: ItemsLeft?
    /// Reasons of items before this part; as many as a result reports.
    let earlierErrors: [Reason]
    /// Its definition, if that says more of a record's changes than that new fields replace the stored ones.
    let changeRules: Definition?
    /// Where it does not hold on an item's record, the item is rejected.
    let storedCondition: StoredCondition?
    /// Whether any posting looks at the stored record.
    let postsStored: Bool
    /// Whether it is a request with one item, whose outcome is the answer.
    let isAnsweredByItem: Bool
    /// What it asks, as a request, of the record that it changes; nil if nothing.
    let precondition: RecordPrecondition?
    /// Bytes of the whole message counted as in flight: its size, or a quarter of its first part's memory if that is
    /// larger.
    let weight: Int

    package init(
        message: Message, firstItem: Int = 0, firstNode: Int = 0, items: [PreparedItem] = [],
        images: BSONSequence = BSONSequence(), ids: [UInt8] = [], references: [PreparedReference] = [],
        rejections: [[Reason]] = [], postings: [PreparedPosting] = [], records: [PreparedRecord] = [],
        rest: ItemsLeft? = nil,
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
        self.records = records
        self.rest = rest
        self.earlierErrors = earlierErrors
        self.weight = weight ?? message.delivery.byteCount
        guard case .catalog(let catalog) = message.content else {
            (changeRules, storedCondition, postsStored, isAnsweredByItem) = (nil, nil, false, false)
            precondition = nil
            return
        }
        let definition = catalog.definition
        changeRules = definition.merges || definition.isImmutable ? definition : nil
        storedCondition = catalog.shape?.storedCondition
        // What is posted of an item, of which the plan makes a part, is made there too.
        let isLate = catalog.shape?.hasLateFields ?? false
        postsStored = catalog.shape?.postings.contains { isLate || $0.usesStored } ?? false
        precondition = message.delivery.precondition
        isAnsweredByItem = message.delivery.request != nil && catalog.shape?.depth == 0
    }

    /// The definition of its items; nil of a message that is not valid.
    var definition: Definition? { if case .catalog(let catalog) = message.content { catalog.definition } else { nil } }

    /// Number of items of the whole message, as far as known: an upper bound if a mapping filters a large message.
    package var itemCount: Int { if case .catalog(let catalog) = message.content { catalog.itemCount } else { 0 } }

    /// Number, in the message, after this part's last item.
    package var endItem: Int { firstItem + items.count }

    /// Number of items of the whole message at its end; before that, at least one more than so far.
    package var ledgerCount: Int { rest == nil ? endItem : max(itemCount, endItem + 1) }

    /// An item of this part, by its number in the message.
    package func item(_ index: Int) -> PreparedItem { items[index - firstItem] }
}

/// The items of a message that are not prepared yet.
package struct ItemsLeft: Sendable {
    /// With the document of the next item, or, if used up, the previous one.
    let message: Message
    /// Node of the next item; nil if it is in the next window.
    let node: Int?
    /// Number of the next item in the message.
    let item: Int
    let earlierErrors: [Reason]
    /// ``PreparedMessage/weight``; nil before the first part.
    let weight: Int?
}

/// An item: its operation and record, or its rejection.
package struct PreparedItem: Sendable {
    /// The operation, if readable.
    package var operation: Operation?
    /// Range of the key in ``PreparedMessage/ids``; empty for a rejected item.
    package var id: Range<Int>
    /// Index in ``PreparedMessage/images``, or -1; for a rejected item the index in ``PreparedMessage/rejections``.
    package var index: Int32
    package var isRejected: Bool
    /// Whether fields of its record look at the stored one: then it is made in the plan, and ``index`` is -1.
    package var isLate = false
    /// Range in ``PreparedMessage/references``; usually empty.
    package var references: Range<Int32> = 0..<0
}

/// A reference of an item to a record of another catalog.
package struct PreparedReference: Sendable {
    /// Index in ``CatalogMessage/references``.
    package var reference: Int
    /// `_id` of the referenced record.
    package var id: ByteString
}

extension DeliveryFacts {
    /// Nil for what is not a request.
    fileprivate var precondition: RecordPrecondition? {
        guard request != nil else { return nil }
        func values(_ name: String) -> [String] {
            properties.headers.filter { $0.name == name }.compactMap { header in
                if case .string(let text) = header.value { text } else { nil }
            }
        }
        return RecordPrecondition(match: values("if-match"), noneMatch: values("if-none-match"))
    }
}
