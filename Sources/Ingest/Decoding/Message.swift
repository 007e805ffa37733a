package import Contracts
package import JSON
package import Mappings
package import Schemas

/// A decoded delivery: a catalog message with its definition, or the errors of the whole message.
package struct Message: Sendable {
    package let delivery: DeliveryFacts
    package let identity: MessageIdentity
    package let content: Content
    /// Nil for the whole delivery.
    package var part: Part?

    /// A part of a delivery, made by one route case; settled and recorded in the ledger on its own.
    package struct Part: Hashable, Sendable {
        package let number: Int
        /// Name of the case.
        package let name: String
    }

    package enum Content: Sendable {
        case catalog(CatalogMessage)
        /// The whole message is a dead letter. `companyId` and `catalog`: as far as readable.
        case unreadable(reasons: [Reason], companyId: ByteString?, catalog: ByteString?, body: [UInt8])
        /// The route ignores messages that no case matches.
        case ignored
    }
}

/// The facts of a delivery that are needed after its body was parsed.
package struct DeliveryFacts: Sendable {
    /// The number, in its route, of the source that it came from and is acknowledged to.
    package let source: Int
    package let tag: DeliveryTag
    package let queue: String
    package let isRedelivered: Bool
    package let properties: MessageProperties
    /// The HTTP request that it came as; nil for a message.
    package let request: RequestFacts?
    /// The AMQP message-id, if the body has another one.
    package let outerMessageId: ByteString?
    /// Milliseconds since 1970.
    package let receivedAt: Int64
    package let byteCount: Int
}

/// The envelope of a valid message, and the document with its items.
package struct CatalogMessage: Sendable {
    package let companyId: ByteString
    package let definition: Definition
    /// Holds the items, or, for a large message, a window of them.
    package let document: JSONDocument
    /// Node of the `items` array.
    package let itemsNode: Int
    /// Number of items of the whole message.
    package let itemCount: Int
    /// Node of `params`, if present.
    package let paramsNode: Int?
    /// Messages of one company and order group are applied in order: the catalog, or the representative of connected
    /// catalogs.
    package let orderGroup: String
    /// References of the definition that are enforced.
    package let references: [FieldReference]
    /// Origin of the items of a foreign message; nil if `document` is the message itself.
    package var origin: ForeignItems?
    /// The mapping's shape; nil for the built-in one.
    package var shape: MessageShape?
    /// The kinds of further records; nil if there are none.
    package var further: FurtherCatalogs?

    /// Set if this is a window of a large message.
    package var large: LargeMessage?

    /// Whether items are stored as records; otherwise they are only posted.
    package var storesRecords: Bool { shape?.storesRecords ?? true }

    /// Number, in the message, of the first item in ``document``.
    package var firstItem: Int { large?.firstItem ?? 0 }

    /// The document of ``paramsNode``.
    var paramsDocument: JSONDocument { large?.envelope ?? document }

    /// Lends the original message.
    package func withText<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        large?.text.withUnsafeBufferPointer(body) ?? (origin?.document ?? document).withText(body)
    }
}

/// A message that is parsed window by window, with the position of one window.
package struct LargeMessage: Sendable {
    /// The original text.
    let text: [UInt8]
    /// The message without its items; nil for a foreign shape, whose windows each include the envelope.
    let envelope: JSONDocument?
    /// Byte range of the items in the text.
    let items: Range<Int>
    /// Number of elements in their array.
    let elementCount: Int
    let limits: Limits
    /// Number of the window's first item.
    var firstItem = 0
    /// Index of the window's first element; differs if a mapping filters items.
    var firstElement = 0
    /// Number of elements in the window.
    var count = 0
    /// Offset of the next window.
    var next: Int
    /// Names of the catalog's key fields, needed by foreign shapes.
    var key: [String] = []

    var endElement: Int { firstElement + count }

    init(text: [UInt8], envelope: JSONDocument?, _ outline: JSONOutline, items: Range<Int>, limits: Limits) {
        self.text = text
        self.envelope = envelope
        self.items = items
        elementCount = outline.count
        self.limits = limits
        next = items.lowerBound
    }
}
