import BSON
import Contracts
import DryRun
@testable import Ingest
import IngestTesting
import JSON
import Synchronization
import Testing

/// Two gateways at once, on a route with a version: each reads before the other has written, and a store refuses the
/// second write of a document. If the store refuses neither write, the result is that of one of the two orders.
@Suite struct VersionRaceTests {
    /// What came of two batches, and of an IU of version 2 after them.
    private struct End: Equatable {
        var first: [Outcome?]
        var second: [Outcome?]
        var later: [Outcome?]
        var records: [ByteString: [UInt8]]
    }

    private static func plan(_ items: [String], _ id: String) -> BatchPlan {
        let body = #"{"companyId":"c","catalog":"catalogBrand","items":[\#(items.joined(separator: ","))]}"#
        let prepared = Fixtures.prepare(Fixtures.delivery(body, messageId: id), versionField: "v")
        return BatchPlan(
            Batch(segments: [Segment(message: prepared, range: 0..<items.count)]),
            context: PlanContext(
                route: "t", now: Fixtures.now, seed: UInt64(id.utf8.first ?? 0) << 32, versionField: "v"))
    }

    private static func item(_ operation: String, _ version: Int) -> String {
        #"{"operation":"\#(operation)","code":"k","name":"n\#(version)","v":\#(version)}"#
    }

    private static func items(using random: inout Seeded) -> [String] {
        (0..<Int.random(in: 1...2, using: &random)).map { _ in
            item(random.pick(["I", "U", "D", "IU"]), Int.random(in: 1...5, using: &random))
        }
    }

    @discardableResult
    private static func apply(_ plan: BatchPlan, to store: InMemoryStore) throws -> [Outcome?] {
        try store.settleNow(plan.reads) { plan.plan($0) }.segments.flatMap(\.outcomes)
    }

    private static func copy(_ store: InMemoryStore, without left: String? = nil) -> InMemoryStore {
        let copy = InMemoryStore()
        for collection in store.collections where collection != left {
            for document in store.documents(in: collection).values { copy.put(document, in: collection) }
        }
        return copy
    }

    private static func end(_ store: InMemoryStore, _ first: [Outcome?], _ second: [Outcome?]) throws -> End {
        let later = try apply(plan([item("IU", 2)], "z"), to: store)
        return End(first: first, second: second, later: later, records: store.documents(in: "brand"))
    }

    private static func written(_ writes: StoreWrites) -> Set<String> {
        Set(
            writes.collections.flatMap { own in
                let inserted = (0..<own.inserts.count).compactMap { index in
                    own.inserts.withDocument(index) { BSONElements($0).first(named: "_id")?.byteString }
                }
                return (own.deletes + own.updateIDs + inserted).map { "\(own.collection) \($0)" }
            })
    }

    @Test("what two batches at once do is what one after the other does", arguments: 0..<20 as Range<UInt64>)
    func races(block: UInt64) throws {
        var compared = 0
        for seed in block * 100..<(block + 1) * 100 {
            var random = Seeded(seed)
            var store = InMemoryStore()
            if random.chance(0.6) { try Self.apply(Self.plan(Self.items(using: &random), "s"), to: store) }
            // Another program may have deleted the record.
            if random.chance(0.2) { store = Self.copy(store, without: "brand") }
            if try Self.race(store, &random) { compared += 1 }
        }
        #expect(compared >= 20, "only \(compared) pairs of batches without a common document")
    }

    /// False if both batches write a document in common, so that the store refuses one of them.
    private static func race(_ store: InMemoryStore, _ random: inout Seeded) throws -> Bool {
        let (a, b) = (plan(items(using: &random), "a"), plan(items(using: &random), "b"))
        let planned = try [a, b].map { plan in
            let writes = Mutex(StoreWrites())
            let outcomes = try store.settleNow(plan.reads) { snapshot in
                let (own, result) = plan.plan(snapshot)
                writes.withLock { $0 = own }
                return (StoreWrites(), result.segments.flatMap(\.outcomes))
            }
            return (writes: writes.withLock { $0 }, outcomes: outcomes)
        }
        guard written(planned[0].writes).isDisjoint(with: written(planned[1].writes)) else { return false }
        let (inOrder, reversed) = (copy(store), copy(store))
        let (a1, b1) = (try apply(a, to: inOrder), try apply(b, to: inOrder))
        let (b2, a2) = (try apply(b, to: reversed), try apply(a, to: reversed))
        for (writes, _) in planned {
            _ = try store.settleNow(StoreReads()) { _ in (writes, 0) }
        }
        let both = try end(store, planned[0].outcomes, planned[1].outcomes)
        let serial = [try end(inOrder, a1, b1), try end(reversed, a2, b2)]
        #expect(serial.contains(both), "\(a.batch.segments[0].message.items) and \(b.batch.segments[0].message.items)")
        return true
    }
}
