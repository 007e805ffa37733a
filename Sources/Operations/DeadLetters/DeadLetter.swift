internal import BSON
package import Contracts
internal import Ingest
package import JSON

/// The parts of a stored dead letter that a replay needs.
package struct DeadLetter: Sendable {
    package let id: ByteString
    package let state: DeadLetterState
    package let route: String
    package let queue: String
    /// The route case in which it failed, if several cases map each message.
    package let caseName: String?
    package let messageId: ByteString?
    /// The body to replay: the edited message, or that of the failed items, else the original bytes. Nil if stored in
    /// parts.
    package let body: [UInt8]?
    /// The message as it was before it was edited; nil if it was not, or if it lies in parts.
    package let received: [UInt8]?
    /// Number of documents in `gateway.deadLetterParts`.
    package let parts: Int
    package let headers: [MessageProperties.Header]
    /// Properties that apply to the replay. Nil in dead letters of older versions: those are replayed with the
    /// gateway's own.
    package let properties: MessageProperties?

    /// Nil if the document is not a dead letter.
    package init?(bson document: UnsafeRawBufferPointer) {
        let fields = BSONElements(document)
        guard let id = fields.first(named: "_id")?.byteString,
            let state = fields.first(named: "state")?.text.flatMap({ DeadLetterState(rawValue: $0) }),
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
        received =
            fields.first(named: "editedAt") == nil
            ? nil
            : Self.bytes(fields.first(named: "unedited")) ?? fields.first(named: "original")?.binary.map(Array.init)
        var properties = fields.first(named: "properties")?.elements.map { MessageProperties($0) }
        // The sender's content encoding applies only to the original bytes.
        if fields.first(named: "original")?.binary == nil, parts == 0 || fields.first(named: "kind")?.text == "item" {
            properties?.contentEncoding = nil
        }
        self.properties = properties
        headers = (fields.first(named: "headers")?.elements).map { $0.map { MessageProperties.Header($0) } } ?? []
    }

    private static func body(_ fields: BSONElements) -> [UInt8]? {
        if let bytes = bytes(fields.first(named: "message")) { return bytes }
        return fields.first(named: "original")?.binary.map { Array($0) }
    }

    private static func bytes(_ message: BSONElement?) -> [UInt8]? {
        guard let message, message.type != .null else { return nil }
        // An item that cannot be represented exactly is stored as text.
        if let text = message.string { return Array(text) }
        var out: [UInt8] = []
        BSONText.append(message, to: &out)
        return out
    }

    /// Message-id of the replay: `m#r1.ID`, and if that failed too, `m#r2.ID2`, with the dead letter's own id after the
    /// dot. Unique per dead letter: a long message has several, ids recur after a year, and senders may use the same
    /// ids. Without a usable message-id: `ID#r1`.
    package var replayID: ByteString {
        guard let messageId, !messageId.bytes.isEmpty else { return ByteString("\(id)#r1") }
        let before = ReplayMark(messageId.bytes)
        let whole = before.base + Array("#r\(before.number + 1).\(id)".utf8)
        // AMQP allows 255 bytes.
        return whole.count <= 255 ? ByteString(whole) : ByteString("\(id)#r\(before.number + 1)")
    }

    /// `app-id` of the replay; part of the ledger's key.
    package var replayAppID: ByteString? { properties.map(\.appId) ?? PostingRow.application }

    /// Sender headers without the broker's delivery counts, which would apply to the replay, and without `CC` and
    /// `BCC`, which would publish it to further queues.
    package var headersToSend: [MessageProperties.Header] {
        headers.filter { header in
            let name = header.name.lowercased()
            return name != MessageProperties.replayHeader && name != MessageProperties.caseHeader && name != "x-death"
                && name != "x-delivery-count" && !name.hasPrefix("x-first-death-")
                && !name.hasPrefix("x-last-death-") && header.name != "CC" && header.name != "BCC"
        }
    }
}

/// A message-id made by a replay: `base#rNUMBER.TAIL`; a sender's has the number 0.
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
