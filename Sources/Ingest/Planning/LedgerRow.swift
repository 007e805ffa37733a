package import BSON
package import Contracts
package import JSON

/// A row of `gateway.ledger`: a message and how far it was settled.
package struct LedgerRow: Sendable, Equatable {
    package var id: ByteString
    package var bodyHash: [UInt8]
    /// Number of items of the message.
    package var items: Int
    /// Number of items settled, from the first on; a message larger than a batch takes several transactions.
    package var settled: Int
    package var outcomes: OutcomeCounts
    /// Time of the last write, in milliseconds since 1970. The store expires rows after some days.
    package var at: Int64
    /// ``Batch/mark`` of the batch that wrote it, if the message has no message-id.
    package var batch: UInt64?
    /// Time of the last write by a redelivered message, unique, in milliseconds since 1970, if the message has no
    /// message-id: a holder of an earlier delivery must not apply it any more.
    package var redeliveredAt: Int64?
    /// What a request was answered; nil for a message.
    package var answer: RequestAnswer?

    package init(
        id: ByteString, bodyHash: [UInt8], items: Int, settled: Int, outcomes: OutcomeCounts, at: Int64,
        batch: UInt64? = nil, redeliveredAt: Int64? = nil, answer: RequestAnswer? = nil
    ) {
        self.id = id
        self.bodyHash = bodyHash
        self.items = items
        self.settled = settled
        self.outcomes = outcomes
        self.at = at
        self.batch = batch
        self.redeliveredAt = redeliveredAt
        self.answer = answer
    }

    package var isComplete: Bool { settled >= items }

    /// Nil if the document is not a ledger row.
    package init?(bson document: UnsafeRawBufferPointer) {
        var row = LedgerRow(id: "", bodyHash: [], items: 0, settled: 0, outcomes: OutcomeCounts(), at: 0)
        var hasID = false
        for element in BSONElements(document) {
            if element.isNamed("_id"), let id = element.byteString {
                row.id = id
                hasID = true
            } else if element.isNamed("hash"), let hash = element.binary {
                row.bodyHash = Array(hash)
            } else if element.isNamed("items"), let items = element.integer {
                row.items = Int(items)
            } else if element.isNamed("settled"), let settled = element.integer {
                row.settled = Int(settled)
            } else if element.isNamed("at"), let at = element.date {
                row.at = at
            } else if element.isNamed("batch"), let batch = element.integer {
                row.batch = UInt64(bitPattern: batch)
            } else if element.isNamed("redeliveredAt"), let at = element.date {
                row.redeliveredAt = at
            } else if element.isNamed("answer"), let fields = element.elements {
                row.answer = RequestAnswer(bson: fields)
            } else if element.isNamed("outcomes"), let outcomes = element.elements {
                for count in outcomes {
                    guard let outcome = Outcome.allCases.first(where: { $0.word == count.nameText }) else { continue }
                    row.outcomes[outcome] = Int(count.integer ?? 0)
                }
            }
        }
        guard hasID else { return nil }
        self = row
    }

    package func append(to writer: inout BSONWriter, withID: Bool = true) {
        if withID { writer.append("_id", string: id) }
        bodyHash.withUnsafeBytes { writer.append("hash", binary: $0) }
        writer.append("items", int64: Int64(items))
        writer.append("settled", int64: Int64(settled))
        writer.append(
            "outcomes",
            document: { inner in
                for outcome in Outcome.allCases where outcomes[outcome] > 0 {
                    inner.append(outcome.name, int64: Int64(outcomes[outcome]))
                }
            })
        writer.append("at", date: at)
        if let batch { writer.append("batch", int64: Int64(bitPattern: batch)) }
        if let redeliveredAt { writer.append("redeliveredAt", date: redeliveredAt) }
        if let answer { writer.append("answer", document: { answer.append(to: &$0) }) }
    }
}
