import BSON
import Contracts
import DryRun
@testable import Ingest
import IngestTesting
import JSON
import Schemas
import Testing

/// Fields that U and IU put together with the stored ones (`x-merge`): exactly, or the item is a dead letter.
/// ``PlanPropertyTests`` compares random sequences with items done one after another.
@Suite struct FieldMergeTests {
    private func message(_ items: [(operation: String, fields: String)]) -> String {
        let items = items.map { #"{"operation":"\#($0.operation)","code":"a"\#($0.fields)}"# }.joined(separator: ",")
        return #"{"companyId":"c","catalog":"catalogCount","items":[\#(items)]}"#
    }

    private func settle(_ bodies: [String], on store: some Store, ids: Bool = true, batchItems: Int = 1000) async {
        var limits = Limits()
        limits.batchItems = batchItems
        let source = HandSource()
        source.deliver(
            bodies.enumerated().map {
                Fixtures.delivery($1, number: UInt64($0 + 1), messageId: ids ? "m\($0)" : nil)
            })
        source.stop()
        await Route(
            name: "test", sources: [source], lanes: [[store, store]], limits: limits, companies: [],
            catalogs: { Fixtures.catalogs }, environment: Fixtures.environment, observer: RecordingObserver(),
            sourceChanged: { _ in }
        ).run()
        #expect(source.acknowledged.last?.number == UInt64(bodies.count))
    }

    private func record(_ store: InMemoryStore) -> String? {
        store.documents(in: "count")["c|a"].map { $0.withUnsafeBytes { BSONText.text(document: $0) } }
    }

    @Test(
        "two values, by each rule",
        arguments: [
            (#""total":5"#, #""total":-2"#, #""total":3"#), (#""total":12.50"#, #""total":0.5"#, #""total":13.00"#),
            (#""total":1e30"#, #""total":0.001"#, #""total":1000000000000000000000000000000.001"#),
            (#""total":null"#, #""total":4"#, #""total":4"#), (#""total":4"#, #""total":null"#, #""total":4"#),
            (#""whole":9223372036854775806"#, #""whole":1"#, #""whole":9223372036854775807"#),
            (#""least":2.5"#, #""least":2.50"#, #""least":2.5"#), (#""least":2"#, #""least":-1"#, #""least":-1"#),
            (#""most":2.5"#, #""most":1e3"#, #""most":1000.0"#), (#""most":2.5"#, #""most":2"#, #""most":2.5"#),
            (#""log":[1,{"a":[]}]"#, #""log":["x"]"#, #""log":[1,{"a":[]},"x"]"#),
            (#""log":[1]"#, #""log":[]"#, #""log":[1]"#), (#""first":"x""#, #""first":2"#, #""first":"x""#),
            (#""first":null"#, #""first":2"#, #""first":2"#),
        ])
    func rules(stored: String, sent: String, expected: String) async throws {
        for operation in ["U", "IU"] {
            for batchItems in [1, 1000] {
                let store = InMemoryStore()
                await settle(
                    [message([("I", ",\(stored)"), (operation, ",\(sent)")])], on: store, batchItems: batchItems)
                let record = try #require(self.record(store))
                #expect(record.contains(expected + "}"), "\(record)")
                #expect(store.documents(in: StoreCollections.deadLetters).isEmpty)
            }
        }
    }

    @Test(
        "what cannot be done exactly is a dead letter with its place, and the record stays",
        arguments: [
            (#""whole":9223372036854775807"#, #""whole":1"#, "whole"),
            (#""whole":-9223372036854775808"#, #""whole":-1"#, "whole"),
            (#""total":9999999999999999999999999999999999"#, #""total":0.1"#, "total"),
            (#""total":1e40"#, #""total":1"#, "total"), (#""total":1e-30"#, #""total":-1e10"#, "total"),
        ])
    func refused(stored: String, sent: String, field: String) async throws {
        let store = InMemoryStore()
        await settle([message([("I", ",\(stored)")])], on: store)
        let before = record(store)
        await settle(["", message([("IU", ",\(sent)")])], on: store)
        #expect(record(store) == before)
        let reasons = store.documents(in: StoreCollections.deadLetters).values.compactMap { letter in
            letter.withUnsafeBytes { bytes in
                let reason = BSONElements(bytes).first(named: "reasons")?.elements?.first { _ in true }?.elements
                return reason?.first(named: "keyword")?.text == "x-merge"
                    ? reason?.first(named: "pointer")?.text : nil
            }
        }
        #expect(reasons == ["/items/0/\(field)"])
    }

    @Test(
        "stored values of another type, as other programs leave them",
        arguments: ["total", "whole", "least", "most", "log"])
    func foreign(field: String) async throws {
        let store = InMemoryStore()
        store.put(
            .document { record in
                record.append("_id", string: "c|a")
                record.append("companyId", string: "c")
                record.append("code", string: "a")
                Array(field.utf8).withUnsafeBufferPointer { record.append($0, bool: true) }
            }, in: "count")
        let before = record(store)
        await settle([message([("U", #","\#(field)":\#(field == "log" ? "[1]" : "1")"#)])], on: store)
        #expect(record(store) == before)
        #expect(store.documents(in: StoreCollections.deadLetters).count == 1)
    }

    @Test("each message counts once, with and without an id, whatever fails", arguments: 0..<40)
    func once(seed: UInt64) async throws {
        var random = Seeded(seed)
        let amounts = (0..<50).map { _ in Int.random(in: -9...9, using: &random) }
        let store = FaultyStore()
        let faults: [FaultyStore.Fault] = [.unavailable, .unavailableAfterCommit, .raceLost, .unknown]
        store.fail(with: (0..<7).map { _ in random.pick(faults) })
        await settle(
            amounts.map { message([("IU", #","total":\#($0).5"#), ("IU", #","whole":\#($0)"#)]) }, on: store,
            ids: random.chance(0.5), batchItems: Int.random(in: 1...9, using: &random))
        let sum = amounts.reduce(0, +)
        let halves = amounts.reduce(0) { $0 + ($1 < 0 ? -5 : 5) }
        let record = try #require(store.documents(in: "count")["c|a"])
        record.withUnsafeBytes { bytes in
            #expect(BSONElements(bytes).first(named: "whole")?.integer == Int64(sum))
            let total = BSONElements(bytes).first(named: "total")?.decimal
            let tenths = total?.parts.map { Int($0.coefficient) * ($0.isNegative ? -1 : 1) }
            #expect(tenths == sum * 10 + halves, "\(String(describing: total))")
        }
    }
}
