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
    private static func settle(
        _ messages: [[String]], field: ByteString = "updatedAt", batchItems: Int = 1000
    ) async throws -> (outcomes: [String], quantity: String?, stale: Int) {
        let store = InMemoryStore()
        var limits = Limits()
        limits.batchItems = batchItems
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

    @Test func `an old delete deletes nothing, a new one does, and then all is open again`() async throws {
        let result = try await Self.settle([
            [Self.item("I", 1, at: "2026-01-02"), Self.item("D", 0, at: "2026-01-01")],
            [Self.item("D", 0, at: "2026-01-03"), Self.item("IU", 9, at: "2026-01-01")],
        ])
        #expect(result.outcomes == ["inserted", "unchanged", "deleted", "inserted"])
        #expect(result.quantity == "9")
        #expect(result.stale == 1)
    }

    @Test func `without a version on either side nothing is stale`() async throws {
        let result = try await Self.settle([
            [Self.item("I", 1, at: nil), Self.item("U", 2, at: "2020-01-01")],
            [Self.item("U", 3, at: nil), Self.item("D", 0, at: nil)],
        ])
        #expect(result.outcomes == ["inserted", "updated", "updated", "deleted"])
        #expect(result.stale == 0)
    }

    @Test(
        "versions are compared by value, and only with their own kind",
        arguments: [
            ("1", "2", true), ("2", "1", false), ("1.5", "1.25", false), ("9", "10.0", true), (#""a""#, #""b""#, true),
            (#""10""#, "9", false), ("true", "false", false), ("-1", "0", true),
            ("9007199254740993", "9007199254740992", false),
        ])
    func kinds(item: String, stored: String, isStale: Bool) async throws {
        func stock(_ version: String, _ quantity: Int) -> String {
            #"{"operation":"IU","item":"i","store":"s","quantity":\#(quantity),"v":\#(version)}"#
        }
        let result = try await Self.settle([[stock(stored, 1), stock(item, 2)]], field: "v")
        #expect(result.outcomes == ["inserted", isStale ? "unchanged" : "updated"])
        #expect(result.quantity == (isStale ? "1" : "2"))
    }
}
