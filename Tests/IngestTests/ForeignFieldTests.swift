import Contracts
import BSON
import DryRun
@testable import Ingest
import IngestTesting
import JSON
import Testing

/// Records that another program wrote with field names which an update of MongoDB reads as paths or operators.
@Suite struct ForeignFieldTests {
    private static let names = ["a.b", "a.", ".", "$set", "$x", "", "a..b", "a.0.b"]

    private static func store(with name: String) -> InMemoryStore {
        let store = InMemoryStore()
        var record: [UInt8] = []
        record.appendDocument { writer in
            writer.append("_id", string: "c|1")
            writer.append("companyId", string: "c")
            writer.append("code", string: "1")
            writer.append("name", string: "old")
            Array(name.utf8).withUnsafeBufferPointer { writer.append($0, bool: true) }
        }
        store.put(record, in: "brand")
        return store
    }

    /// Names of the record's fields after these operations of one batch; nil where there is no record.
    private static func names(after operations: [String], on store: InMemoryStore) async throws -> [String]? {
        let items = operations.map { #"{"operation":"\#($0)","code":"1","name":"new"}"# }.joined(separator: ",")
        let message = MessageDecoder(limits: Limits()).decode(
            Fixtures.delivery(#"{"companyId":"c","catalog":"catalogBrand","items":[\#(items)]}"#, messageId: "m"),
            catalogs: Fixtures.catalogs, now: Fixtures.now)
        let prepared = ItemPreparer(limits: Limits()).prepare(message)
        let plan = BatchPlan(
            Batch(segments: [Segment(message: prepared, range: 0..<operations.count)]),
            context: PlanContext(route: "r", now: Fixtures.now, seed: 1))
        _ = try await store.settle(plan.reads) { plan.plan($0) }
        return store.documents(in: "brand")["c|1"].map { record in
            record.withUnsafeBytes { BSONElements($0).map(\.nameText) }
        }
    }

    @Test(arguments: names)
    func `a record that is deleted and inserted in one batch keeps nothing of before`(name: String) async throws {
        for operations in [["D", "I"], ["D", "IU", "U"], ["U", "D", "I"], ["D", "I", "D", "IU"]] {
            let left = try await Self.names(after: operations, on: Self.store(with: name))
            #expect(left == ["_id", "companyId", "code", "name"], "\(operations)")
        }
    }

    @Test(arguments: names)
    func `a record that is updated keeps them`(name: String) async throws {
        for operations in [["U"], ["IU", "U"], ["U", "U", "IU"]] {
            let left = try await Self.names(after: operations, on: Self.store(with: name))
            #expect(left == ["_id", "companyId", "code", "name", name], "\(operations)")
        }
        #expect(try await Self.names(after: ["D"], on: Self.store(with: name)) == nil)
    }
}
