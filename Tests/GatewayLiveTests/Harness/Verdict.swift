import Contracts
import Ingest
import IngestTesting
import JSON
import Testing

/// What became of a workload, against what the model says: all that is wrong, and the counts.
struct Verdict: Sendable, CustomStringConvertible {
    private(set) var problems: [String] = []
    private(set) var itemsSent = 0
    private(set) var itemsApplied = 0
    private(set) var itemsDeadLettered = 0
    private(set) var messagesSent = 0
    private(set) var messagesDeadLettered = 0

    /// To be called when no gateway runs any more: the queue must then be empty, what is not acknowledged included.
    static func of(_ workload: RouteWorkload, on route: LiveRoute) async throws -> Verdict {
        var verdict = Verdict()
        let left = try await route.queueLength()
        if left != 0 { verdict.problems.append("\(left) messages are left on the queue") }
        verdict.check(ledger: try await route.store.ledger(), workload, queue: route.queue)
        verdict.check(records: try await route.store.records(), workload.model)
        verdict.check(deadLetters: try await route.store.deadLetters(), workload, queue: route.queue)
        verdict.checkSums(workload)
        return verdict
    }

    var description: String {
        "\(messagesSent) messages: \(messagesDeadLettered) dead letters; \(itemsSent) items sent = \(itemsApplied) applied"
            + " + \(itemsDeadLettered) dead-lettered"
    }

    // MARK: Ledger

    private mutating func check(ledger: [ByteString: LedgerRow], _ workload: RouteWorkload, queue: String) {
        var ledger = ledger
        for message in workload.messages {
            let id = message.ledgerID(queue: queue)
            guard let row = ledger.removeValue(forKey: id) else {
                problems.append("the ledger lacks \(id)")
                continue
            }
            let expected = message.outcomes
            if row.items != message.items.count || !row.isComplete || row.outcomes != expected {
                problems.append(
                    "the ledger has \(id) with \(row.settled) of \(row.items) items as \(Self.words(row.outcomes)),"
                        + " not \(message.items.count) as \(Self.words(expected))")
            }
            for outcome in Outcome.allCases where outcome != .rejected { itemsApplied += row.outcomes[outcome] }
        }
        for id in ledger.keys { problems.append("the ledger has \(id), which nobody sent") }
    }

    private static func words(_ counts: OutcomeCounts) -> String {
        Outcome.allCases.filter { counts[$0] > 0 }.map { "\(counts[$0]) \($0.word)" }.joined(separator: ", ")
    }

    // MARK: Records

    private mutating func check(records: [String: [ByteString: ReferenceModel.Record]], _ model: ReferenceModel) {
        for name in Set(records.keys).union(model.records.keys) {
            let (stored, expected) = (records[name] ?? [:], model.records[name] ?? [:])
            for id in Set(stored.keys).union(expected.keys) where stored[id] != expected[id] {
                problems.append(
                    "\(name) '\(id)' is \(stored[id].map { "\($0)" } ?? "absent"), not"
                        + " \(expected[id].map { "\($0)" } ?? "absent")")
            }
        }
    }

    // MARK: Dead letters

    /// One rejected item or message.
    private struct Rejection: Hashable {
        let messageId: ByteString?
        var item: Int?
        let code: String
        var value: ReferenceValue?
        var original: [UInt8]?
    }

    private mutating func check(deadLetters: [StoredDeadLetter], _ workload: RouteWorkload, queue: String) {
        var balance: [Rejection: Int] = [:]
        for message in workload.messages {
            for rejection in Self.rejections(of: message) { balance[rejection, default: 0] += 1 }
        }
        for letter in deadLetters {
            if letter.queue != queue || letter.state != "open" {
                problems.append("a dead letter of queue '\(letter.queue)' is '\(letter.state)'")
            }
            for rejection in Self.rejections(of: letter) {
                balance[rejection, default: 0] -= 1
                if rejection.item == nil { messagesDeadLettered += 1 } else { itemsDeadLettered += 1 }
            }
        }
        for (rejection, count) in balance where count != 0 {
            let what = count > 0 ? "\(count) dead letters too few" : "\(-count) dead letters too many"
            problems.append(
                "\(what): \(rejection.messageId?.description ?? "no message-id"), item \(rejection.item ?? -1),"
                    + " \(rejection.code)")
        }
    }

    private static func rejections(of message: SentMessage) -> [Rejection] {
        switch message.fate {
        case .deadLetter(let code):
            [Rejection(messageId: message.messageId, code: code.rawValue, original: message.body)]
        case .items(let items):
            items.enumerated().compactMap { index, item in
                item.code.map {
                    Rejection(messageId: message.messageId, item: index, code: $0.rawValue, value: item.value)
                }
            }
        }
    }

    /// Every item of a dead letter has one or more reasons, in the dead letter's order.
    private static func rejections(of letter: StoredDeadLetter) -> [Rejection] {
        guard letter.kind == "item" else {
            let codes = letter.reasons.map(\.code)
            return [
                Rejection(
                    messageId: letter.messageId, code: Set(codes).sorted().joined(separator: "+"),
                    original: letter.original ?? [])
            ]
        }
        var indexes: [Int] = []
        for reason in letter.reasons where indexes.last != reason.item ?? -1 { indexes.append(reason.item ?? -1) }
        return (0..<max(indexes.count, letter.items.count)).map { place in
            let index = place < indexes.count ? indexes[place] : -1
            let codes = Set(letter.reasons.filter { $0.item == index }.map(\.code))
            return Rejection(
                messageId: letter.messageId, item: index, code: codes.sorted().joined(separator: "+"),
                value: place < letter.items.count ? letter.items[place] : nil)
        }
    }

    // MARK: Sums

    private mutating func checkSums(_ workload: RouteWorkload) {
        messagesSent = workload.messages.count
        itemsSent = workload.itemCount
        if itemsSent != itemsApplied + itemsDeadLettered {
            problems.append("\(itemsSent) items sent, \(itemsApplied) applied and \(itemsDeadLettered) dead-lettered")
        }
    }
}

/// The workload has had exactly the effect that it must have; prints the counts.
func expectExactEffect(
    of workload: RouteWorkload, on route: LiveRoute, sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    let verdict = try await Verdict.of(workload, on: route)
    let shown = verdict.problems.prefix(20).joined(separator: "\n")
    #expect(verdict.problems.count == 0, "problems:\n\(shown)", sourceLocation: sourceLocation)
    print("route: \(verdict)")
}
