package import Contracts
internal import Crypto
package import JSON

/// A message's identity in the ledger (deduplication key).
package struct MessageIdentity: Sendable {
    /// `_id` in `gateway.ledger`: queue, app-id (of a request, its caller) and message-id joined by `|` (`|` and `\` escaped).
    package let ledgerID: ByteString
    /// SHA-256 of the body, and of what else a request asks for: distinguishes a repetition from another message with the same id.
    package let bodyHash: [UInt8]
    /// Whether the sender gave a message-id. Otherwise the id is derived from the body and checked only for redelivered
    /// messages, since two equal messages may both be intended.
    package let isFromSender: Bool

    /// `part`: name of the case that made this part, which has a row of its own. `isInBody`: the message-id is from the
    /// body. An edited message keeps it, so the same id with another body is then a new message, not a reuse.
    package init(
        queue: String, properties: MessageProperties, body: [UInt8], request: RequestFacts? = nil,
        isInBody: Bool = false, part: String? = nil
    ) {
        var hash = SHA256()
        if let request { hash.update(data: request.line) }
        hash.update(data: body)
        bodyHash = Array(hash.finalize())
        var id: [UInt8] = []
        RecordKey.append(part: Array(queue.utf8), to: &id)
        id.append(UInt8(ascii: "|"))
        RecordKey.append(anyBytes: request?.principal.map { ByteString($0) } ?? properties.appId ?? "", to: &id)
        id.append(UInt8(ascii: "|"))
        if let messageId = properties.messageId, !messageId.bytes.isEmpty {
            isFromSender = true
            RecordKey.append(anyBytes: messageId, to: &id)
            if isInBody {
                id.append(contentsOf: "|sha256:".utf8)
                Hexadecimal.append(bodyHash, to: &id)
            }
        } else {
            isFromSender = false
            id.append(contentsOf: "sha256:".utf8)
            Hexadecimal.append(bodyHash, to: &id)
        }
        if let part {
            id.append(contentsOf: "|case:".utf8)
            RecordKey.append(part: Array(part.utf8), to: &id)
        }
        ledgerID = ByteString(id)
    }

    /// `idInBody`: the message-id in the body.
    init(of delivery: Delivery, idInBody: ByteString?, part: String?) {
        let idInBody = Self.idInBody(idInBody, of: delivery)
        var properties = delivery.properties
        if let idInBody { properties.messageId = idInBody }
        self.init(
            queue: delivery.queue, properties: properties, body: delivery.body, request: delivery.request,
            isInBody: idInBody != nil, part: part)
    }

    /// The message-id in the body, where it counts: a replay is a message of its own, with an id of its own, whatever id it
    /// carries inside.
    static func idInBody(_ id: ByteString?, of delivery: Delivery) -> ByteString? {
        delivery.properties.text(MessageProperties.replayHeader) == nil ? id : nil
    }

    /// The row that records the dead letter of another body with the same id.
    package var reuseLedgerID: ByteString {
        var id = ledgerID.bytes
        id.append(contentsOf: "|sha256:".utf8)
        Hexadecimal.append(bodyHash, to: &id)
        return ByteString(id)
    }
}
