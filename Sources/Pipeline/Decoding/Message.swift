package import Documents
package import Mappings
package import Schemas

/// A delivery that was read: either a catalog message with its definition, or what is wrong with it as a whole.
package struct Message: Sendable {
    package let delivery: DeliveryFacts
    package let identity: MessageIdentity
    package let content: Content
    /// Nil where it is all of its delivery.
    package var part: Part?

    /// One of the parts that the cases of a route make of one delivery: each is settled and remembered by itself.
    package struct Part: Hashable, Sendable {
        package let number: Int
        /// The case's.
        package let name: String
    }

    package enum Content: Sendable {
        case catalog(CatalogMessage)
        /// The whole message is a dead letter. `companyId` and `catalog` are what could be read of them.
        case unreadable(reasons: [Reason], companyId: ByteString?, catalog: ByteString?, body: [UInt8])
        /// The route takes no such message, and says that it is to be let go.
        case ignored
    }
}

/// What of a delivery is still needed when its body has been read.
package struct DeliveryFacts: Sendable {
    package let tag: DeliveryTag
    package let queue: String
    package let isRedelivered: Bool
    package let properties: MessageProperties
    /// The message-id that the sender gave in AMQP, where the message carries another one inside.
    package let outerMessageId: ByteString?
    /// Milliseconds since 1970.
    package let receivedAt: Int64
    package let byteCount: Int
}

/// The envelope of a readable message and the document that holds its items.
package struct CatalogMessage: Sendable {
    package let companyId: ByteString
    package let definition: Definition
    /// Where the items are, or, in a large message, a window of them.
    package let document: JSONDocument
    /// Node of the `items` array.
    package let itemsNode: Int
    /// Of the whole message.
    package let itemCount: Int
    /// Node of `params`, where there is one.
    package let paramsNode: Int?
    /// Messages of one company and group keep their order: the catalog, or one that stands for those it refers to.
    package let orderGroup: String
    /// The definition's references that are looked up.
    package let references: [FieldReference]
    /// Where the items came from, in a message of a foreign shape; nil where `document` is the message itself.
    package var origin: ForeignItems?
    /// The mapping's shape of the message; nil for the built-in one.
    package var shape: MessageShape?

    /// Where this is a window on a large message.
    package var large: LargeMessage?

    /// Whether its items become records; otherwise they are only posted.
    package var storesRecords: Bool { shape?.storesRecords ?? true }

    /// The number, in the message, of the first item of ``document``.
    package var firstItem: Int { large?.firstItem ?? 0 }

    /// Where ``paramsNode`` is.
    var paramsDocument: JSONDocument { large?.envelope ?? document }

    /// Lends the message as it came.
    package func withText<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        large?.text.withUnsafeBufferPointer(body) ?? (origin?.document ?? document).withText(body)
    }
}

/// A message that is read window by window, and the place of one window in it.
package struct LargeMessage: Sendable {
    /// As it came.
    let text: [UInt8]
    /// The message without its items; nil of a foreign shape, whose windows stand in the envelope each.
    let envelope: JSONDocument?
    /// Bounds of the items in the text.
    let items: Range<Int>
    /// Elements of their array.
    let elementCount: Int
    let limits: Limits
    /// Number of the window's first item.
    var firstItem = 0
    /// Number of the window's first element, which is another where a mapping leaves items out.
    var firstElement = 0
    /// Elements of the window.
    var count = 0
    /// Where the next window begins.
    var next: Int
    /// Names of the catalog's key fields, which the mapping of a foreign shape asks for.
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
