import Contracts
import Crypto
import Ingest
import IngestTesting
import JSON

/// One message, and what must become of it.
struct SentMessage: Sendable {
    struct Item: Sendable {
        let outcome: Outcome
        /// Why it is rejected; nil where it is not.
        let code: ReasonCode?
        let sent: WorkloadItem

        /// As it was sent.
        var value: ReferenceValue { sent.value }
    }

    enum Fate: Sendable {
        case items([Item])
        case deadLetter(ReasonCode)
    }

    /// Nil: the sender gave none.
    let messageId: ByteString?
    let body: [UInt8]
    let fate: Fate
    /// Messages of one stream take effect in the order in which they were published; nil for one without items.
    var stream: Stream?

    struct Stream: Hashable, Sendable {
        let company: String
        let catalog: WorkloadCatalog
    }

    var items: [Item] {
        if case .items(let items) = fate { items } else { [] }
    }

    var outcomes: OutcomeCounts {
        var counts = OutcomeCounts()
        for item in items { counts[item.outcome] += 1 }
        return counts
    }

    func posting(to queue: String) -> Posting {
        var properties = MessageProperties()
        properties.contentType = "application/json"
        properties.messageId = messageId
        return Posting(routingKey: queue, body: body, properties: properties)
    }

    /// `_id` of the ledger's row. A second body under a used id has a row of its own.
    func ledgerID(queue: String, appId: ByteString = "") -> ByteString {
        let hash =
            "sha256:"
            + SHA256.hash(data: body).map { byte in
                String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
            }.joined()
        guard let messageId else {
            return ByteString(RouteKey([ByteString(queue), appId]).bytes + Array("|\(hash)".utf8))
        }
        let own = RouteKey([ByteString(queue), appId, messageId]).key
        if case .deadLetter(.messageIdReuse) = fate { return ByteString(own.bytes + Array("|\(hash)".utf8)) }
        return own
    }
}
