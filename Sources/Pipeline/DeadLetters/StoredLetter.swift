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
    /// Of the message, as far as they hold for what is sent again. Nil for dead letters of versions that did not keep them:
    /// those are sent again as the gateway's own.
    package let properties: MessageProperties?

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
        var properties = fields.first(named: "properties")?.elements.map { MessageProperties($0) }
        // Only the bytes as they came are encoded as their sender says.
        if fields.first(named: "original")?.binary == nil, parts == 0 || fields.first(named: "kind")?.text == "item" {
            properties?.contentEncoding = nil
        }
        self.properties = properties
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

    /// The message-id that the dead letter is sent again under: `m#r1.ID`, and where that failed too, `m#r2.ID2`, with the
    /// dead letter's own id behind the dot. No two dead letters share one, whoever sent their messages under which id: a
    /// long message has several, ids come back after a year, and two senders may count alike. Without a message-id, or
    /// with one that leaves no room: `ID#r1`.
    package var replayID: ByteString {
        guard let messageId, !messageId.bytes.isEmpty else { return ByteString("\(id)#r1") }
        let before = ReplayMark(messageId.bytes)
        let whole = before.base + Array("#r\(before.number + 1).\(id)".utf8)
        // AMQP allows 255 bytes.
        return whole.count <= 255 ? ByteString(whole) : ByteString("\(id)#r\(before.number + 1)")
    }

    /// The `app-id` that it is sent again with. Rows of the ledger are known by it.
    package var replayAppID: ByteString? { properties.map(\.appId) ?? PostingRow.application }

    /// The sender's headers. What the broker has counted of earlier deliveries would count against the new one, and `CC`
    /// and `BCC` would publish it to the other queues once more.
    package var headersToSend: [MessageProperties.Header] {
        headers.filter { header in
            let name = header.name.lowercased()
            return name != LetterOrder.replayHeader && name != LetterOrder.caseHeader && name != "x-death"
                && name != "x-delivery-count" && !name.hasPrefix("x-first-death-")
                && !name.hasPrefix("x-last-death-") && header.name != "CC" && header.name != "BCC"
        }
    }
}

/// A message-id as a replay has made it: `base#rNUMBER.TAIL`; one of a sender has the number 0.
private struct ReplayMark {
    let base: [UInt8]
    let number: Int

    init(_ id: [UInt8]) {
        (base, number) = Self.parts(id) ?? (id, 0)
    }

    private static func parts(_ id: [UInt8]) -> ([UInt8], Int)? {
        guard let mark = id.lastIndex(of: UInt8(ascii: "#")), id[(mark + 1)...].first == UInt8(ascii: "r") else {
            return nil
        }
        let rest = id[(mark + 2)...]
        let digits = rest.prefix { (48...57).contains($0) }
        let tail = rest.dropFirst(digits.count)
        guard let number = Int(String(decoding: digits, as: UTF8.self)), number > 0, number < .max,
            tail.isEmpty || tail.first == UInt8(ascii: ".")
        else { return nil }
        return (Array(id[..<mark]), number)
    }
}
