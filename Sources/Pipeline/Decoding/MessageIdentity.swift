internal import Crypto
package import Documents

/// By what the ledger knows a message.
package struct MessageIdentity: Sendable {
    /// `_id` of its row in `gateway.ledger`: queue, app-id and message-id joined by `|` (`|` and `\` in them escaped).
    package let ledgerID: ByteString
    /// SHA-256 of the body: tells a repetition from another message under the same id.
    package let bodyHash: [UInt8]
    /// Whether the sender gave a message-id. Without one the id is made from the body, and is asked only of a redelivered
    /// message: two equal messages may both be meant.
    package let isFromSender: Bool

    /// `part`: the name of the case that made a part of the message, which is remembered by itself. `isInBody`: the
    /// message-id was found in the body itself. A message that is mended keeps it, so there the same id
    /// with another body is another message, not a reuse.
    package init(
        queue: String, properties: MessageProperties, body: [UInt8], isInBody: Bool = false, part: String? = nil
    ) {
        bodyHash = Array(SHA256.hash(data: body))
        var id: [UInt8] = []
        RecordKey.append(part: Array(queue.utf8), to: &id)
        id.append(UInt8(ascii: "|"))
        RecordKey.append(anyBytes: properties.appId ?? "", to: &id)
        id.append(UInt8(ascii: "|"))
        if let messageId = properties.messageId, !messageId.bytes.isEmpty {
            isFromSender = true
            RecordKey.append(anyBytes: messageId, to: &id)
            if isInBody {
                id.append(contentsOf: "|sha256:".utf8)
                Self.appendHex(bodyHash, to: &id)
            }
        } else {
            isFromSender = false
            id.append(contentsOf: "sha256:".utf8)
            Self.appendHex(bodyHash, to: &id)
        }
        if let part {
            id.append(contentsOf: "|case:".utf8)
            RecordKey.append(part: Array(part.utf8), to: &id)
        }
        ledgerID = ByteString(id)
    }

    /// The row that remembers the dead letter of another body under an id already used.
    package var reuseLedgerID: ByteString {
        var id = ledgerID.bytes
        id.append(contentsOf: "|sha256:".utf8)
        Self.appendHex(bodyHash, to: &id)
        return ByteString(id)
    }

    private static func appendHex(_ bytes: [UInt8], to out: inout [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        for byte in bytes {
            out.append(digits[Int(byte >> 4)])
            out.append(digits[Int(byte & 15)])
        }
    }
}
