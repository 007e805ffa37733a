internal import BSON
internal import JSON
package import Mappings

/// A further record of one item, written once the item has one of its outcomes.
package struct PreparedRecord: Sendable {
    package enum Content: Sendable {
        /// A message with the record as its only item.
        case whole(PreparedMessage)
        /// The same with only its key and references: it looks at the stored record, and is made in the plan.
        case known(PreparedMessage)
        /// It cannot be made, and the item cannot be applied.
        case refused([Reason])
    }

    /// The item's index in the message.
    package let item: Int
    /// Index of its kind in ``FurtherCatalogs/kinds``.
    package let kind: Int
    package let shape: RecordShape
    package let content: Content

    /// The message that has the key; nil if it cannot be made.
    package var keyed: PreparedMessage? {
        switch content {
        case .whole(let message), .known(let message): message
        case .refused: nil
        }
    }

    /// Bytes held in memory.
    var byteCount: Int { keyed?.bytesAsRecord ?? 1_500 }
}

extension PreparedMessage {
    /// Bytes that a message with one further record holds in memory, with the JSON that it was made of.
    var bytesAsRecord: Int {
        guard case .catalog(let catalog) = message.content else { return 1_500 }
        return images.bytes.count + catalog.document.heldBytes + 1_500
    }
}
