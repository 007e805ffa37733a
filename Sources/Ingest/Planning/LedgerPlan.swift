internal import BSON
internal import Contracts
internal import JSON

/// Ledger rows of a batch, as read and to be written.
struct LedgerPlan {
    /// What to do with a segment.
    enum Decision {
        /// Apply items from this index on. `isContinued`: the row already covers earlier items.
        case apply(from: Int, isContinued: Bool)
        case duplicate
        /// The id was used for another body: the message becomes a dead letter with a row of its own.
        case reused
        /// The row ``MessageIdentity/reuseLedgerID`` must be read first.
        case unknown(ByteString)
        /// The delivery may have been redelivered and settled meanwhile: its channel must be confirmed open, given that
        /// the row was written at this time.
        case doubtful(redeliveredAt: Int64)
    }

    private var rows: [ByteString: LedgerRow] = [:]
    private var stored: Set<ByteString> = []
    private var written: [ByteString] = []
    private let asked: Set<ByteString>
    private let now: Int64
    private let mark: UInt64?
    private let confirmed: [ByteString: Int64]
    /// Time of each row written by a redelivered message, as stored.
    private var redeliveredAt: [ByteString: Int64] = [:]
    /// Maximum time that a paused gateway may hold a delivery.
    private static let longestPause: Int64 = 24 * 3600 * 1000
    /// The batch was committed before with a lost response: its mark was found.
    private var isDone = false

    init(snapshot: BSONSequence, batch: Batch, now: Int64) {
        asked = Set(batch.furtherLedgerIDs)
        mark = batch.mark
        confirmed = batch.confirmed
        self.now = now
        for index in 0..<snapshot.count {
            guard let row = snapshot.withDocument(index, { LedgerRow(bson: $0) }) else { continue }
            rows[row.id] = row
            stored.insert(row.id)
            if let at = row.redeliveredAt { redeliveredAt[row.id] = at }
            if let own = row.batch, own == mark || batch.earlierMarks.contains(own) { isDone = true }
        }
    }

    func decision(for segment: Segment) -> Decision {
        if isDone { return .duplicate }
        let message = segment.message.message
        let identity = message.identity
        let start = segment.range.lowerBound
        guard let row = rows[identity.ledgerID] else { return .apply(from: start, isContinued: false) }
        guard row.bodyHash == identity.bodyHash else {
            // The answer reports it; nothing of it is kept.
            if message.delivery.request != nil { return .reused }
            let reuse = identity.reuseLedgerID
            if rows[reuse] != nil { return .duplicate }
            return asked.contains(reuse) ? .reused : .unknown(reuse)
        }
        // Without a message-id two equal messages may both be intended, so only redelivered ones are looked up. Later
        // segments continue where earlier ones ended.
        if !identity.isFromSender && !message.delivery.isRedelivered && start == 0 {
            if let at = redeliveredAt[row.id], confirmed[row.id] != at,
                at + Self.longestPause >= message.delivery.receivedAt
            {
                return .doubtful(redeliveredAt: at)
            }
            return .apply(from: 0, isContinued: false)
        }
        if row.isComplete { return .duplicate }
        return .apply(from: max(row.settled, start), isContinued: true)
    }

    /// Records a settled segment with its outcomes, and with the answer to the outcomes of everything. Returns the outcomes of everything settled of its message.
    @discardableResult
    mutating func record(
        _ segment: Segment, outcomes: OutcomeCounts, isContinued: Bool,
        answer: (OutcomeCounts) -> RequestAnswer? = { _ in nil }
    ) -> OutcomeCounts {
        let message = segment.message
        let id = message.message.identity.ledgerID
        let before = isContinued ? rows[id] : nil
        let isFromSender = message.message.identity.isFromSender
        var redeliveredAt = rows[id]?.redeliveredAt
        if !isFromSender, message.message.delivery.isRedelivered { redeliveredAt = max(now, (redeliveredAt ?? 0) + 1) }
        var total = before?.outcomes ?? OutcomeCounts()
        total += outcomes
        write(
            LedgerRow(
                id: id, bodyHash: message.message.identity.bodyHash, items: message.ledgerCount,
                settled: max(before?.settled ?? 0, segment.range.upperBound), outcomes: total, at: now,
                batch: isFromSender ? nil : mark, redeliveredAt: redeliveredAt, answer: answer(total)))
        return total
    }

    /// What the request was answered when it was settled.
    func answer(to message: Message) -> RequestAnswer? { rows[message.identity.ledgerID]?.answer }

    /// Records that a known message without a message-id was redelivered: a holder of an earlier delivery must not
    /// apply it any more.
    mutating func recordDuplicate(_ message: Message) {
        let id = message.identity.ledgerID
        guard !isDone, !message.identity.isFromSender, message.delivery.isRedelivered, var row = rows[id],
            row.bodyHash == message.identity.bodyHash
        else { return }
        row.redeliveredAt = max(now, (row.redeliveredAt ?? 0) + 1)
        write(row)
    }

    mutating func recordReuse(_ message: Message) {
        write(
            LedgerRow(
                id: message.identity.reuseLedgerID, bodyHash: message.identity.bodyHash, items: 0, settled: 0,
                outcomes: OutcomeCounts(), at: now))
    }

    private mutating func write(_ row: LedgerRow) {
        rows[row.id] = row
        written.append(row.id)
    }

    /// Writes each row once, in its final state.
    func appendWrites(to writes: inout CollectionWrites) {
        var done: Set<ByteString> = []
        for id in written where done.insert(id).inserted {
            guard let row = rows[id] else { continue }
            if stored.contains(id) {
                writes.updateIDs.append(id)
                writes.updates.appendDocument { writer in
                    writer.append("$set", document: { inner in row.append(to: &inner, withID: false) })
                }
            } else {
                writes.inserts.appendDocument { writer in row.append(to: &writer) }
            }
        }
    }
}
