import Contracts
import BSON
import DryRun
@testable import Ingest
import IngestTesting
import JSON
import Testing

/// `versionField`: an item that is older than the record it meets changes nothing, whatever its operation.
@Suite struct VersionFieldTests {
    /// Settles messages of `catalogItemStock` with `updatedAt` as the version, and returns the outcomes and what is stored.
    /// `stored`: an item that is applied before, without a version.
    private static func settle(
        _ messages: [[String]], field: ByteString = "updatedAt", batchItems: Int = 1000, stored: String? = nil
    ) async throws -> (outcomes: [String], quantity: String?, stale: Int) {
        let store = InMemoryStore()
        var limits = Limits()
        limits.batchItems = batchItems
        if let stored {
            let body = #"{"companyId":"c","catalog":"catalogItemStock","items":[\#(stored)]}"#
            let prepared = Fixtures.prepare(Fixtures.delivery(body, messageId: "stored"))
            let plan = BatchPlan(
                Batch(segments: [Segment(message: prepared, range: 0..<1)]),
                context: PlanContext(route: "t", now: Fixtures.now, seed: 0))
            _ = try await store.settle(plan.reads) { plan.plan($0) }
        }
        var batcher = Batcher(limits: limits)
        for (number, items) in messages.enumerated() {
            let body =
                #"{"companyId":"c","catalog":"catalogItemStock","items":[\#(items.joined(separator: ","))]}"#
            let message = MessageDecoder(limits: limits).decode(
                Fixtures.delivery(body, number: UInt64(number + 1), messageId: "m\(number)"),
                catalogs: Fixtures.catalogs, now: Fixtures.now)
            batcher.append(ItemPreparer(limits: limits, versionField: field).prepare(message))
        }
        var (outcomes, stale) = ([String](), 0)
        while let batch = batcher.batch() {
            let plan = BatchPlan(
                batch, context: PlanContext(route: "t", now: Fixtures.now, seed: 1, versionField: field))
            let result = try await store.settle(plan.reads) { plan.plan($0) }
            outcomes += result.segments.flatMap(\.outcomes).compactMap { $0?.word }
            stale += result.staleItems
        }
        let quantity = store.documents(in: "itemStock")["c|i|s"]?.withUnsafeBytes {
            BSONElements($0).first(named: "quantity")?.decimal?.description
        }
        return (outcomes, quantity, stale)
    }

    private static func item(_ operation: String, _ quantity: Int, at time: String?) -> String {
        let version = time.map { #","updatedAt":"\#($0)""# } ?? ""
        return #"{"operation":"\#(operation)","item":"i","store":"s","quantity":\#(quantity)\#(version)}"#
    }

    @Test("older items are left out, equal and newer ones applied", arguments: [1, 1000])
    func updates(batchItems: Int) async throws {
        let result = try await Self.settle(
            [
                [Self.item("IU", 1, at: "2026-01-02"), Self.item("IU", 2, at: "2026-01-01")],
                [Self.item("U", 3, at: "2026-01-01T23:59:59Z"), Self.item("U", 4, at: "2026-01-02T00:00:00Z")],
                [Self.item("IU", 5, at: "2026-01-03"), Self.item("I", 6, at: "2026-01-02")],
            ], batchItems: batchItems)
        #expect(result.outcomes == ["inserted", "unchanged", "unchanged", "updated", "updated", "unchanged"])
        #expect(result.quantity == "5")
        #expect(result.stale == 3)
    }

    @Test("a deletion is remembered: what is older does not bring the record back", arguments: [1, 2, 3, 1000])
    func deletions(batchItems: Int) async throws {
        let result = try await Self.settle(
            [
                [Self.item("I", 1, at: "2026-01-02"), Self.item("D", 0, at: "2026-01-01")],
                [Self.item("D", 0, at: "2026-01-03"), Self.item("IU", 9, at: "2026-01-01")],
                [Self.item("I", 8, at: "2026-01-02"), Self.item("U", 7, at: "2026-01-02")],
                [Self.item("D", 0, at: "2026-01-02"), Self.item("IU", 6, at: "2026-01-02T23:59:59Z")],
                [Self.item("U", 5, at: "2026-01-03"), Self.item("IU", 4, at: "2026-01-03")],
                [Self.item("IU", 3, at: "2026-01-02"), Self.item("D", 0, at: "2026-01-05")],
                [Self.item("IU", 2, at: "2026-01-04")],
            ], batchItems: batchItems)
        #expect(
            result.outcomes == [
                "inserted", "unchanged", "deleted", "unchanged", "unchanged", "unchanged", "absent", "unchanged",
                "rejected", "inserted", "unchanged", "deleted", "unchanged",
            ])
        #expect(result.quantity == nil)
        #expect(result.stale == 7)
    }

    @Test("a deletion that comes before all is remembered, too", arguments: [1, 1000])
    func early(batchItems: Int) async throws {
        let result = try await Self.settle(
            [[Self.item("D", 0, at: "2026-01-02")], [Self.item("I", 1, at: "2026-01-01")]], batchItems: batchItems)
        #expect(result.outcomes == ["absent", "unchanged"])
        #expect(result.quantity == nil)
    }

    @Test("an item without a usable version is rejected", arguments: ["I", "U", "IU", "D"])
    func missing(operation: String) throws {
        let cases = [
            ("", "nothing"), (#","v":null"#, "null"), (#","v":"""#, "an empty text"), (#","v":true"#, "a boolean"),
            (#","v":[1]"#, "an array"), (#","v":{"n":1}"#, "an object"),
            (#","v":"\#(String(repeating: "1", count: 257))""#, "a text of 257 bytes"),
        ]
        for (version, found) in cases {
            let item = #"{"operation":"\#(operation)","item":"i","store":"s","quantity":1\#(version)}"#
            let body = #"{"companyId":"c","catalog":"catalogItemStock","items":[\#(item)]}"#
            let prepared = Fixtures.prepare(Fixtures.delivery(body), versionField: "v")
            let reason = try #require(prepared.rejections.first?.first)
            #expect(reason.code == .schema && reason.keyword == "versionField" && reason.found == found)
            #expect(reason.pointer == "/items/0/v")
            #expect(Fixtures.prepare(Fixtures.delivery(body)).rejections.isEmpty)
        }
    }

    @Test func `a route without a version reads and writes no tombstones`() {
        let body = #"{"companyId":"c","catalog":"catalogItemStock","items":[\#(Self.item("D", 0, at: nil))]}"#
        let prepared = Fixtures.prepare(Fixtures.delivery(body))
        let plan = BatchPlan(
            Batch(segments: [Segment(message: prepared, range: 0..<1)]),
            context: PlanContext(route: "t", now: Fixtures.now, seed: 1))
        #expect(plan.reads.records.map(\.collection) == ["itemStock"])
        let (writes, _) = plan.plan(StoreSnapshot(ledger: BSONSequence(), records: [BSONSequence()]))
        #expect(writes.collections.map(\.collection) == ["gateway.ledger"])
    }

    @Test func `a record that has no version is older than any item`() async throws {
        let result = try await Self.settle([[Self.item("U", 2, at: "2020-01-01")]], stored: Self.item("I", 1, at: nil))
        #expect(result.outcomes == ["updated"])
        #expect(result.quantity == "2")
    }

    @Test(
        "versions are compared by value; what cannot be compared is rejected",
        arguments: [
            ("1", "2", true), ("2", "1", false), ("1.5", "1.25", false), ("9", "10.0", true), (#""a""#, #""b""#, true),
            (#""10""#, "9", nil), ("9", #""10""#, nil), ("-1", "0", true),
            ("9007199254740993", "9007199254740992", false), ("9007199254740992", "9007199254740993", true),
            ("9007199254740992.0", "9007199254740993", true), ("9007199254740993", "9007199254740992.0", false),
            // Digits by value, other texts only of one length.
            (#""9""#, #""10""#, true), (#""010""#, #""9""#, false), (#""A9""#, #""A10""#, nil),
            (#""A09""#, #""A10""#, true),
            // Dates by time, whatever their offset, also finer than a millisecond.
            (#""2026-01-01T10:00:00+02:00""#, #""2026-01-01T09:00:00Z""#, true),
            (#""2026-01-01T10:00:00-02:00""#, #""2026-01-01T11:00:00Z""#, false),
            (#""2026-01-01T10:00:00Z""#, #""2026-01-01T12:00:00.000+02:00""#, false),
            (#""2026-01-01""#, #""2025-12-31T23:30:00-01:00""#, true),
            (#""2026-01-01T10:00:00.1234567Z""#, #""2026-01-01T10:00:00.1234568Z""#, true),
            (#""2026-01-01T10:00:00.1234568Z""#, #""2026-01-01T10:00:00.1234567Z""#, false),
            (#""2026-01-01T10:00:00.12Z""#, #""2026-01-01T10:00:00.120001Z""#, true),
            (#""2026-01-01T10:00:00""#, #""2026-01-01T10:00:00Z""#, nil), (#""2026-01-01""#, #""20260102""#, nil),
        ] as [(String, String, Bool?)])
    func kinds(item: String, stored: String, isStale: Bool?) async throws {
        func stock(_ version: String, _ quantity: Int) -> String {
            #"{"operation":"IU","item":"i","store":"s","quantity":\#(quantity),"v":\#(version)}"#
        }
        let result = try await Self.settle([[stock(stored, 1), stock(item, 2)]], field: "v")
        #expect(result.outcomes == ["inserted", isStale.map { $0 ? "unchanged" : "updated" } ?? "rejected"])
        #expect(result.quantity == (isStale == false ? "2" : "1"))
    }
}
