import Contracts
import Ingest
import IngestTesting
import JSON
import Testing

/// The store's log against the model: each transaction must have written exactly what the messages change that its ledger
/// rows tell, one by one and in the order in which they were published.
///
/// Several items on one record come to one write where they are in one batch, so counting writes proves little. But every
/// transaction says, in its ledger rows, which items of which messages it settled. The model does these items, and then knows
/// which records are other ones than before, and by which kind of write. If every transaction wrote that and nothing else,
/// and no item was settled by two, then no effect was applied twice, none was lost and none came out of order, at any time.
struct OplogAudit: CustomStringConvertible {
    private(set) var problems: [String] = []
    private var transactions = 0
    private var records = 0
    private var letters = 0
    private var rows = 0
    private var model = ReferenceModel()
    /// Messages by the `_id` of their ledger row, with their number in the workload.
    private let messages: [ByteString: (number: Int, message: SentMessage)]
    /// By the `_id` of the ledger row, how many items are settled.
    private var progress: [ByteString: Int] = [:]
    /// By stream, the number of the last message that was begun.
    private var last: [SentMessage.Stream: Int] = [:]

    static func of(_ workload: RouteWorkload, on route: LiveRoute) async throws -> OplogAudit {
        var audit = OplogAudit(workload, queue: route.queue)
        for transaction in try await Oplog.transactions(of: route) { audit.check(transaction) }
        for (id, sent) in audit.messages where audit.progress[id] != sent.message.items.count {
            audit.problems.append("the log has settled \(audit.progress[id] ?? 0) items of \(id)")
        }
        return audit
    }

    private init(_ workload: RouteWorkload, queue: String) {
        let known = workload.messages.enumerated().map { ($1.ledgerID(queue: queue), (number: $0, message: $1)) }
        messages = Dictionary(known) { first, _ in first }
    }

    var description: String {
        "the log's \(transactions) transactions: \(rows) messages or parts, \(records) records and \(letters) dead letters"
            + " written, each once"
    }

    private struct Place: Hashable {
        let collection: String
        let id: ByteString
    }

    private mutating func check(_ all: [Oplog.Write]) {
        // Leases of those who publish come and go beside the batches.
        let transaction = all.filter { $0.collection != "gateway.feeds" }
        guard !transaction.isEmpty else { return }
        transactions += 1
        var parts: [(number: Int, message: SentMessage, items: Range<Int>)] = []
        var written: [Place: Oplog.Kind] = [:]
        var storesLetter = false
        for write in transaction {
            switch write.collection {
            case StoreCollections.ledger:
                rows += 1
                if let part = part(write) { parts.append(part) }
            case StoreCollections.deadLetters, StoreCollections.deadLetterParts:
                if write.collection == StoreCollections.deadLetters { letters += 1 }
                storesLetter = true
                if write.kind != .insert { problems.append("a dead letter is written again") }
            default:
                records += 1
                let place = Place(collection: write.collection, id: write.id)
                if written.updateValue(write.kind, forKey: place) != nil {
                    problems.append("\(place) is written twice in transaction \(transactions)")
                }
            }
        }
        parts.sort { $0.number < $1.number }
        for (number, message, items) in parts {
            // A duplicate that was processed again has no effect.
            guard let stream = message.stream, !items.isEmpty || message.items.isEmpty else { continue }
            if let last = last[stream], last > number {
                problems.append("message \(number) takes effect after \(last), which was published later")
            }
            last[stream] = number
        }
        let (expected, rejects) = apply(parts)
        for place in Set(written.keys).union(expected.keys) where written[place] != expected[place] {
            problems.append(
                "transaction \(transactions) has \(place.collection) '\(place.id)' as"
                    + " \(written[place].map { "\($0)" } ?? "nothing"), not \(expected[place].map { "\($0)" } ?? "nothing")"
            )
        }
        if storesLetter != rejects {
            problems.append("transaction \(transactions): dead letters \(storesLetter), rejected items \(rejects)")
        }
    }

    /// The items that a ledger row's write settles.
    private mutating func part(_ write: Oplog.Write) -> (number: Int, message: SentMessage, items: Range<Int>)? {
        guard let (number, message) = messages[write.id] else {
            problems.append("the log has \(write.id) in the ledger, which nobody sent")
            return nil
        }
        let before = progress[write.id]
        guard (write.kind == .insert) == (before == nil), write.kind != .delete else {
            problems.append("\(write.kind) of the ledger's \(write.id) after \(before ?? 0) items")
            return nil
        }
        // A part that was settled before may be processed again; it then settles nothing more.
        let settled = write.settled ?? before ?? 0
        guard settled >= before ?? 0 else {
            problems.append("the ledger's \(write.id) goes back from \(before ?? 0) items to \(settled)")
            return nil
        }
        progress[write.id] = settled
        return (number, message, (before ?? 0)..<settled)
    }

    /// Does the items, and tells which records are other ones now, and whether anything was rejected.
    private mutating func apply(
        _ parts: [(number: Int, message: SentMessage, items: Range<Int>)]
    ) -> (changes: [Place: Oplog.Kind], rejects: Bool) {
        var before: [Place: ReferenceModel.Record?] = [:]
        var rejects = false
        for (_, message, range) in parts {
            if case .deadLetter = message.fate { rejects = true }
            guard let collection = message.stream?.catalog.collection else { continue }
            for item in message.items[range] {
                if item.outcome == .rejected { rejects = true }
                guard item.sent.fault == nil else { continue }
                let place = Place(collection: collection, id: item.sent.id)
                if before[place] == nil { before.updateValue(model.records[collection]?[place.id], forKey: place) }
                let outcome = model.apply(
                    item.sent.operation, id: place.id, fields: item.sent.fields, collection: collection)
                if outcome != item.outcome {
                    problems.append("\(place) in transaction \(transactions): \(outcome), not \(item.outcome)")
                }
            }
        }
        var changes: [Place: Oplog.Kind] = [:]
        for (place, old) in before {
            switch (old, model.records[place.collection]?[place.id]) {
            case (nil, nil): break
            case (nil, _?): changes[place] = .insert
            case (_?, nil): changes[place] = .delete
            case (let old?, let new?): if old != new { changes[place] = .update }
            }
        }
        return (changes, rejects)
    }
}

/// The store's log tells of every effect once, in order; prints the counts.
func expectEachEffectOnceInTheLog(
    of workload: RouteWorkload, on route: LiveRoute, sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    let audit = try await OplogAudit.of(workload, on: route)
    let shown = audit.problems.prefix(20).joined(separator: "\n")
    #expect(audit.problems.count == 0, "problems:\n\(shown)", sourceLocation: sourceLocation)
    print("route: \(audit)")
}
