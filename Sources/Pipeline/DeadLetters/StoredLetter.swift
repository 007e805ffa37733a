package import Documents
internal import Records

/// A dead letter as it lies in the store, as far as a replay needs it.
package struct StoredLetter: Sendable {
    package let id: ByteString
    package let state: String
    package let route: String
    package let queue: String
    /// The case of the route that it failed in, where all cases take a message.
    package let caseName: String?
    package let messageId: ByteString?
    /// What is sent again: the message that was mended or that the failed items make, or else the bytes as they came. Nil
    /// where they lie in parts.
    package let body: [UInt8]?
    /// Documents of `gateway.deadLetterParts` that hold the body.
    package let parts: Int
    package let headers: [MessageProperties.Header]

    /// Nil where the document is no dead letter.
    package init?(bson document: UnsafeRawBufferPointer) {
        let fields = BSONElements(document)
        guard let id = fields.first(named: "_id")?.byteString, let state = fields.first(named: "state")?.text,
            let queue = fields.first(named: "queue")?.text
        else { return nil }
        self.id = id
        self.state = state
        self.queue = queue
        route = fields.first(named: "route")?.text ?? ""
        caseName = fields.first(named: "case")?.text
        messageId = fields.first(named: "messageId")?.byteString
        parts = Int(fields.first(named: "parts")?.integer ?? 0)
        body = Self.body(fields)
        headers = (fields.first(named: "headers")?.elements).map { $0.map { MessageProperties.Header($0) } } ?? []
    }

    private static func body(_ fields: BSONElements) -> [UInt8]? {
        if let message = fields.first(named: "message"), message.type != .null {
            // An item that no document can hold exactly is kept as text.
            if let text = message.string { return Array(text) }
            var out: [UInt8] = []
            BSONText.append(message, to: &out)
            return out
        }
        return fields.first(named: "original")?.binary.map { Array($0) }
    }

    /// The message-id that the letter is sent again under: `m#r1`, and where that failed too, `m#r2`. A letter without one
    /// goes by its own id.
    package var replayID: ByteString {
        guard let messageId else { return ByteString("\(id)#r1") }
        let text = messageId.bytes
        guard let mark = text.lastIndex(of: UInt8(ascii: "#")), text.index(after: mark) < text.endIndex,
            text[mark + 1] == UInt8(ascii: "r"),
            let number = Int(String(decoding: text[(mark + 2)...], as: UTF8.self)), number > 0, number < .max
        else { return Self.bounded(text, "#r1") }
        return Self.bounded(Array(text[..<mark]), "#r\(number + 1)")
    }

    /// AMQP allows 255 bytes.
    private static func bounded(_ id: [UInt8], _ end: String) -> ByteString {
        ByteString(Array(id.prefix(255 - end.utf8.count)) + Array(end.utf8))
    }

    /// Headers of the sender. What the broker has counted of earlier deliveries would count against the new one.
    package var headersToSend: [MessageProperties.Header] {
        headers.filter { header in
            let name = header.name.lowercased()
            return name != LetterOrder.replayHeader && name != LetterOrder.caseHeader && name != "x-death"
                && name != "x-delivery-count" && !name.hasPrefix("x-first-death-")
                && !name.hasPrefix("x-last-death-")
        }
    }
}
