internal import BSON
import Contracts
import Ingest
import JSON
import Mappings
import Schemas
internal import Synchronization

/// Whatever the messages, however they are cut into batches, whatever fails and how often they are delivered again: the
/// outcomes, records, ledger, dead letters and writes are those of doing the items one after another.
package struct PlanProperty {
    /// Number of items that one sequence has settled, and its violation; nil if there is none.
    package struct Finding: Sendable {
        package let items: Int
        package let problem: String?
    }

    /// Makes the sequence that belongs to a seed, settles it and compares. The same seed gives the same, always.
    /// `isVersioned`: of a route with a version, which each item has.
    package static func check(seed: UInt64, isVersioned: Bool = false) -> Finding {
        var random = Seeded(seed)
        let series = RandomMessage.series(isVersioned: isVersioned, using: &random)
        let name = isVersioned ? "seed \(seed), with a version" : "seed \(seed)"
        return check(series, name, random, versionField: isVersioned ? PlanOracle.versionField : nil)
    }

    /// The same for operations on one key, which is there before or not; the seed makes the cuts and the faults.
    package static func check(operations: [String], isPresent: Bool, seed: UInt64) -> Finding {
        let all = (isPresent ? ["I"] : []) + operations
        let items = all.enumerated().map { number, operation in
            RandomItem(.catalogItem, company: "c", code: "k", operation: operation, ["\"price\":\(number).50"])
        }
        let message = RandomMessage(id: "m", items, .catalogItem, company: "c", number: 0)
        return check([message], "\(all), seed \(seed)", Seeded(seed))
    }

    private static func check(
        _ series: [RandomMessage], _ name: String, _ random: Seeded, versionField: ByteString? = nil
    ) -> Finding {
        var property = PlanProperty(series, random, versionField: versionField)
        do throws(Problem) {
            try property.run()
            try property.compareAtEnd()
            return Finding(items: property.items, problem: nil)
        } catch {
            let bodies = series.map { "\($0.id ?? "-"): \(String(decoding: $0.body, as: UTF8.self))" }
            return Finding(
                items: property.items, problem: "\(name): \(error.words)\n" + bodies.joined(separator: "\n"))
        }
    }

    private struct Problem: Error { let words: String }

    private var random: Seeded
    private let series: [RandomMessage]
    private let store = FaultyStore()
    private var oracle: PlanOracle
    private let versionField: ByteString?
    private var items = 0
    private let environment = Fixtures.environment
    /// By place in the series: as the broker hands it out at present.
    private var prepared: [PreparedMessage] = []
    private let breaks: Bool
    /// How messages are cut into the parts that are prepared; nil where each is prepared at once.
    private let parts: Limits?

    private init(_ series: [RandomMessage], _ random: Seeded, versionField: ByteString?) {
        self.series = series
        self.versionField = versionField
        oracle = PlanOracle(isVersioned: versionField != nil)
        self.random = random
        breaks = self.random.chance(0.5)
        parts = self.random.chance(0.5) ? Self.limits(using: &self.random) : nil
        for company in ["c", "d"] {
            for catalog in RandomCatalog.allCases {
                store.refuse(catalog.id(company: company, code: RandomItem.refusedCode))
            }
        }
        prepared = series.indices.map { prepare($0, channel: 1, isAgain: false) }
    }

    private static func limits(using random: inout Seeded) -> Limits {
        var limits = Limits()
        limits.batchItems = Int.random(in: 1...20, using: &random)
        if random.chance(0.5) { limits.wholeBytes = 0 }
        if random.chance(0.7) { limits.windowNodes = Int.random(in: 1...60, using: &random) }
        if random.chance(0.5) { limits.preparedBytes = Int.random(in: 1...2_000, using: &random) }
        return limits
    }

    private func prepare(_ place: Int, channel: UInt64, isAgain: Bool) -> PreparedMessage {
        let message = series[place]
        let delivery = Fixtures.delivery(
            message.body, number: UInt64(place + 1), channel: channel, messageId: message.id, redelivered: isAgain)
        return parts.map { Fixtures.begin(delivery, limits: $0, versionField: versionField) }
            ?? Fixtures.prepare(delivery, versionField: versionField)
    }

    // MARK: Settling

    /// As a lane does, and now and then the gateway dies: what is not acknowledged then comes again.
    private mutating func run() throws(Problem) {
        var acknowledged = 0
        var cut = SeriesCut(of: prepared, parts: parts, versionField: versionField, using: &random)
        var deaths = 0
        while let batch = cut.next(of: prepared, using: &random) {
            try settle(batch)
            guard breaks, deaths < 3, random.chance(0.15) else { continue }
            deaths += 1
            acknowledged = Int.random(in: acknowledged...cut.place, using: &random)
            for place in acknowledged..<Int.random(in: cut.place...series.count, using: &random) {
                prepared[place] = prepare(place, channel: UInt64(deaths) + 1, isAgain: true)
            }
            cut = SeriesCut(
                place: acknowledged, of: prepared, parts: parts, versionField: versionField, using: &random)
        }
    }

    private mutating func settle(_ whole: Batch) throws(Problem) {
        var open = OpenBatches(whole, newMark: environment.seed)
        var isDone = false
        while let batch = open.current {
            let fault = breaks && random.chance(0.2) ? random.pick(Self.faults) : nil
            let (writes, result, error) = attempt(batch, fault)
            switch error?.kind {
            case nil:
                if let collection = result.oversized { throw Problem(words: "a write to \(collection) is too large") }
                guard !result.isUndecided else {
                    open.mustRead(result.missingLedgerIDs)
                    open.confirmed(result.doubtful)
                    continue
                }
                try isDone ? Self.expectNothing(of: result, writes) : compare(batch, result, writes)
                isDone = false
                open.settled()
            case .refused:
                guard let error, open.refused(error) else { throw Problem(words: "a dead letter is refused") }
            default:
                guard case .unavailableAfterCommit = fault, !result.isUndecided else { continue }
                // It is done, but nobody knows. What comes of it must be nothing more.
                if !isDone { _ = expected(of: batch) }
                isDone = true
            }
        }
    }

    private static let faults: [FaultyStore.Fault] = [.unavailable, .unavailableAfterCommit, .raceLost, .unknown]

    /// One try, with what the last run of the plan made of it.
    private func attempt(
        _ batch: Batch, _ fault: FaultyStore.Fault?
    ) -> (writes: StoreWrites, result: BatchResult, error: StoreError?) {
        let plan = BatchPlan(
            batch,
            context: PlanContext(
                route: "test", now: Fixtures.now, seed: environment.seed(), versionField: versionField))
        if let fault { store.fail(with: [fault]) }
        let planned = Mutex((StoreWrites(), BatchResult()))
        var failure: StoreError?
        do throws(StoreError) {
            _ = try store.settleNow(plan.reads) { snapshot in
                let (writes, result) = plan.plan(snapshot)
                planned.withLock { $0 = (writes, result) }
                return (writes, 0)
            }
        } catch {
            failure = error
        }
        let (writes, result) = planned.withLock { $0 }
        return (writes, result, failure)
    }

    // MARK: Comparing

    private mutating func expected(of batch: Batch) -> [[Outcome?]] {
        oracle.beginBatch()
        return batch.segments.map { segment in
            let place = Int(segment.message.message.delivery.tag.number) - 1
            let outcomes = oracle.settle(segment, of: series[place])
            items += outcomes.count { $0 != nil }
            return outcomes
        }
    }

    private mutating func compare(_ batch: Batch, _ result: BatchResult, _ writes: StoreWrites) throws(Problem) {
        let expected = expected(of: batch)
        for ((segment, ended), wanted) in zip(zip(batch.segments, result.segments), expected) {
            let outcomes = ended.outcomes.isEmpty ? wanted.map { _ in nil } : ended.outcomes
            if outcomes != wanted {
                let tag = segment.message.message.delivery.tag
                throw Problem(words: "message \(tag.number), items \(segment.range): \(outcomes), not \(wanted)")
            }
        }
        guard result.segments.count == batch.segments.count else {
            throw Problem(words: "\(result.segments.count) results of \(batch.segments.count) segments")
        }
        let made = Self.changes(writes)
        if made != oracle.writes { throw Problem(words: "the batch writes \(made), not \(oracle.writes)") }
    }

    private static func expectNothing(of result: BatchResult, _ writes: StoreWrites) throws(Problem) {
        let outcomes = result.segments.flatMap(\.outcomes).compactMap { $0 }
        if !outcomes.isEmpty { throw Problem(words: "settled a second time: \(outcomes)") }
        let names = writes.collections.map(\.collection).filter { $0 != StoreCollections.ledger }
        if !names.isEmpty { throw Problem(words: "written a second time: \(names)") }
    }

    /// The writes to records. Two of one record are a third kind, which nobody expects.
    private static func changes(_ writes: StoreWrites) -> [PlanOracle.Change: String] {
        var changes: [PlanOracle.Change: String] = [:]
        for own in writes.collections where !own.collection.hasPrefix("gateway.") {
            let inserts = (0..<own.inserts.count).compactMap { index in
                own.inserts.withDocument(index) { BSONElements($0).first(named: "_id")?.byteString }
            }
            for (kind, ids) in [("delete", own.deletes), ("update", own.updateIDs), ("insert", inserts)] {
                for id in ids {
                    let place = PlanOracle.Change(collection: own.collection, id: id)
                    changes[place] = changes[place] == nil ? kind : "twice"
                }
            }
        }
        return changes
    }

    private func compareAtEnd() throws(Problem) {
        for catalog in RandomCatalog.allCases {
            let stored = store.documents(in: catalog.collection).mapValues { ReferenceModel.Record(stored: $0) }
            let wanted = oracle.model.records[catalog.collection] ?? [:]
            if stored != wanted { throw Problem(words: "\(catalog.collection) holds \(stored), not \(wanted)") }
        }
        let rows = store.documents(in: StoreCollections.ledger)
        if Set(rows.keys) != Set(oracle.rows.keys) {
            throw Problem(words: "the ledger has \(rows.keys), not \(oracle.rows.keys)")
        }
        for (id, wanted) in oracle.rows {
            let row = rows[id]?.withUnsafeBytes { LedgerRow(bson: $0) }
            guard let row, row.items == wanted.items, row.settled == wanted.settled, row.outcomes == wanted.outcomes
            else { throw Problem(words: "the ledger's row is \(String(describing: row)), not \(wanted)") }
        }
        let letters = letters()
        for letter in Set(letters.keys).union(oracle.letters.keys) where letters[letter] != oracle.letters[letter] {
            throw Problem(
                words: "\(letters[letter] ?? 0) dead letters \(letter), not \(oracle.letters[letter] ?? 0)")
        }
    }

    private func letters() -> [PlanOracle.Letter: Int] {
        var letters: [PlanOracle.Letter: Int] = [:]
        for document in store.documents(in: StoreCollections.deadLetters).values {
            document.withUnsafeBytes { bytes in
                let fields = BSONElements(bytes)
                let messageId = fields.first(named: "messageId")?.byteString
                let reasons = fields.first(named: "reasons")?.elements.map { Array($0) } ?? []
                // An item may have several reasons of one code.
                let own = reasons.compactMap(\.elements).map { reason in
                    PlanOracle.Letter(
                        messageId: messageId, item: reason.first(named: "item")?.integer.map { Int($0) },
                        code: reason.first(named: "code")?.text ?? "")
                }
                for letter in Set(own) { letters[letter, default: 0] += 1 }
            }
        }
        return letters
    }
}
