internal import BSON
internal import Contracts
internal import JSON
internal import Mappings
internal import Schemas

/// Builds the dead letters of one batch as documents for `gateway.deadLetters`. Payload, reasons and headers are each
/// bounded, so that every document is smaller than ``StoreBounds/documentBytes``.
struct DeadLetterBuilder {
    private static let partBytes = StoreBounds.partBytes

    private let context: PlanContext
    /// A larger payload goes to `gateway.deadLetterParts`.
    private let inlineBytes: Int
    private var letters = CollectionWrites(collection: StoreCollections.deadLetters)
    private var parts = CollectionWrites(collection: StoreCollections.deadLetterParts)
    private(set) var count = 0

    /// `isLastResort`: the store has refused the regular dead letter, so its payload goes to parts, whatever its size,
    /// and nothing in the document is made from item values.
    init(context: PlanContext, isLastResort: Bool = false) {
        self.context = context
        inlineBytes = isLastResort ? 0 : StoreBounds.payloadBytes
    }

    func writes() -> [CollectionWrites] { [letters, parts].filter { !$0.isEmpty } }

    /// A message that was rejected as a whole: its original bytes.
    mutating func append(whole message: PreparedMessage, reasons: [Reason]) {
        let letter = nextID()
        switch message.message.content {
        case .ignored: break
        case .unreadable(_, let companyId, let catalog, let body):
            body.withUnsafeBufferPointer { bytes in
                append(
                    letter, of: message.message, kind: "message", companyId: companyId, catalog: catalog,
                    reasons: reasons, payload: .original(bytes))
            }
        case .catalog(let catalog):
            catalog.withText { bytes in
                append(
                    letter, of: message.message, kind: "message", companyId: catalog.companyId,
                    catalog: ByteString(catalog.definition.catalog), reasons: reasons, payload: .original(bytes))
            }
        }
    }

    /// Items that were rejected, as a message of the same envelope that can be fixed and sent again. One dead letter,
    /// or several where the items are large.
    mutating func append(items: [(item: Int, reasons: [Reason])], of message: PreparedMessage) {
        guard case .catalog(let catalog) = message.message.content else { return }
        if let origin = catalog.origin { return append(items: items, of: message, catalog, origin) }
        catalog.document.withNode(catalog.itemsNode) { array in
            var rejected = items[...]
            var nodes: [JSONNode] = []
            var reasons: [Reason] = []
            var room = Room()
            func flush(_ writer: inout DeadLetterBuilder) {
                guard !nodes.isEmpty else { return }
                writer.append(nodes, reasons: reasons, catalog: catalog, of: message.message)
                (nodes, reasons, room) = ([], [], Room())
            }
            // From this part's first item on: walking a long message from its start for each batch would be quadratic.
            for (offset, node) in array.elements(from: message.firstNode).enumerated() {
                let index = message.firstItem + offset
                guard let next = rejected.first else { break }
                guard next.item == index else { continue }
                let own = next.reasons.ofOneItem
                let size = Room(payload: node.rawText.count, own)
                if !room.takes(size) { flush(&self) }
                nodes.append(node)
                reasons += own
                room.take(size)
                rejected = rejected.dropFirst()
            }
            flush(&self)
        }
    }

    /// For a foreign message: the dead letter holds the original message with only those items.
    private mutating func append(
        items: [(item: Int, reasons: [Reason])], of message: PreparedMessage, _ catalog: CatalogMessage,
        _ origin: ForeignItems
    ) {
        var kept: [Int] = []
        var reasons: [Reason] = []
        var room = Room()
        func flush(_ writer: inout DeadLetterBuilder) {
            guard !kept.isEmpty else { return }
            let text = origin.envelope(keeping: kept)
            let envelope = try? JSONParser().parse(text)
            let isDocument =
                text.count <= writer.inlineBytes
                && envelope?.withRoot { DeadLetterEnvelope.isStoredAsDocument($0) } == true
            text.withUnsafeBufferPointer { buffer in
                let payload: Payload =
                    if isDocument, let envelope { .foreign(envelope) } else { .message(buffer) }
                writer.append(
                    writer.nextID(), of: message.message, kind: "item", companyId: catalog.companyId,
                    catalog: ByteString(catalog.definition.catalog), reasons: reasons, payload: payload)
            }
            (kept, reasons, room) = ([], [], Room())
        }
        for next in items {
            let own = next.reasons.ofOneItem
            let size = Room(payload: origin.byteCount(ofItem: next.item), own)
            if !room.takes(size) { flush(&self) }
            kept.append(next.item)
            reasons += own
            room.take(size)
        }
        flush(&self)
    }

    private mutating func append(
        _ nodes: [JSONNode], reasons: [Reason], catalog: CatalogMessage, of message: Message
    ) {
        let envelope = DeadLetterEnvelope(catalog: catalog, items: nodes)
        let letter = nextID()
        let payload: Payload
        var text: [UInt8] = []
        if let bytes = envelope.documentBytes, bytes <= inlineBytes {
            payload = .document(envelope)
        } else {
            envelope.appendText(to: &text)
            payload = .text
        }
        text.withUnsafeBufferPointer { buffer in
            append(
                letter, of: message, kind: "item", companyId: catalog.companyId,
                catalog: ByteString(catalog.definition.catalog), reasons: reasons,
                payload: payload.isText ? .message(buffer) : payload)
        }
    }

    /// The room used in a dead letter of items.
    private struct Room {
        private var payload = 0
        private var reasons = 0

        init() {}

        init(payload: Int, _ reasons: [Reason]) {
            self.payload = payload
            self.reasons = reasons.reduce(0) { $0 + $1.byteCount }
        }

        func takes(_ more: Room) -> Bool {
            payload + more.payload <= StoreBounds.partBytes && reasons + more.reasons <= StoreBounds.reasonsBytes
        }

        mutating func take(_ more: Room) {
            payload += more.payload
            reasons += more.reasons
        }
    }

    private enum Payload {
        case document(DeadLetterEnvelope)
        /// A foreign message.
        case foreign(JSONDocument)
        case text
        case message(UnsafeBufferPointer<UInt8>)
        case original(UnsafeBufferPointer<UInt8>)

        var isText: Bool { if case .text = self { true } else { false } }
    }

    private mutating func append(
        _ letter: ObjectID, of message: Message, kind: String, companyId: ByteString?, catalog: ByteString?,
        reasons: [Reason], payload: Payload
    ) {
        var partCount = 0
        if case .message(let bytes) = payload, bytes.count > inlineBytes {
            partCount = append(parts: bytes, of: letter)
        }
        if case .original(let bytes) = payload, bytes.count > inlineBytes {
            partCount = append(parts: bytes, of: letter)
        }
        let (headers, left) = message.delivery.properties.headers.within(StoreBounds.headersBytes)
        var reasons = reasons.ofOneLetter
        if left > 0, !reasons.isEmpty {
            reasons[reasons.count - 1].text += " (\(left) headers are too large to be kept)"
        }
        letters.inserts.appendDocument { writer in
            writer.append("_id", string: letter.description)
            writer.append("state", string: DeadLetterState.open.rawValue)
            writer.append("kind", string: kind)
            writer.append("route", string: context.route)
            if let part = message.part { writer.append("case", string: part.name) }
            writer.append("queue", string: message.delivery.queue)
            writer.append("messageId", string: message.delivery.properties.messageId?.asText)
            writer.append("catalog", string: catalog)
            writer.append("companyId", string: companyId)
            switch payload {
            case .document(let envelope): writer.append("message", document: { envelope.append(to: &$0) })
            case .foreign(let message):
                message.withRoot { DeadLetterEnvelope.append($0, named: BSONWriter.bytes(of: "message"), to: &writer) }
            case .message(let text) where partCount == 0: writer.append(BSONWriter.bytes(of: "message"), string: text)
            default: writer.append("message", null: ())
            }
            writer.append(
                "reasons",
                array: { inner in
                    for (index, reason) in reasons.enumerated() {
                        BSONWriter.withIndexName(index) { name in
                            inner.append(name, document: { reason.append(to: &$0) })
                        }
                    }
                })
            writer.append("properties", document: { message.delivery.properties.append(to: &$0) })
            writer.append(
                "headers",
                document: { inner in
                    for header in headers { header.append(to: &inner, depth: 0) }
                })
            if case .original(let bytes) = payload, partCount == 0 {
                writer.append("original", binary: UnsafeRawBufferPointer(bytes))
            } else {
                writer.append("original", null: ())
            }
            if partCount > 0 { writer.append("parts", int64: Int64(partCount)) }
            writer.append("receivedAt", date: message.delivery.receivedAt)
        }
        count += 1
    }

    private mutating func append(parts bytes: UnsafeBufferPointer<UInt8>, of letter: ObjectID) -> Int {
        var number = 0
        for start in stride(from: 0, to: bytes.count, by: Self.partBytes) {
            let part = bytes[start..<min(bytes.count, start + Self.partBytes)]
            parts.inserts.appendDocument { writer in
                writer.append("_id", string: "\(letter)#\(number)")
                writer.append("letter", string: letter.description)
                writer.append("number", int64: Int64(number))
                writer.append("bytes", binary: UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: part)))
            }
            number += 1
        }
        return number
    }

    private mutating func nextID() -> ObjectID {
        defer { identified += 1 }
        let seconds = UInt32(truncatingIfNeeded: context.now / 1000)
        return ObjectID(seconds: seconds, random: context.seed &+ identified)
    }

    private var identified: UInt64 = 0
}
