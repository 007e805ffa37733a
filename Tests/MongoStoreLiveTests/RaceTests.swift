import Ingest
import IngestTesting
import Contracts
import JSON
import MongoStore
import Testing

/// Lanes that write the same records at the same time.
@Suite("Races", .enabled(if: LiveServer.isThere, LiveServer.hint))
struct RaceTests {
    @Test("Two lanes add to the same records, 200 times each: every addition counts, none twice")
    func sameRecords() async throws {
        try await LiveStore.with { store in
            let ids = (0..<5).map { ByteString("k\($0)") }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for name in ["x", "y"] {
                    group.addTask {
                        try await store.withLane { lane in
                            for run in 0..<200 {
                                try await lane.settle(
                                    Counting(
                                        ids: run % 2 == 0 ? ids : ids.reversed(), message: ByteString("\(name)\(run)")),
                                    tries: 50)
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            for id in ids { #expect(try await store.integer("n", of: id, in: "item") == 400) }
            #expect(try await store.count("gateway.ledger") == 400)
        }
    }

    @Test("Two lanes settle the same messages: each message takes effect once")
    func sameMessages() async throws {
        try await LiveStore.with { store in
            let applied = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<2 {
                    group.addTask {
                        try await store.withLane { lane in
                            var applied = 0
                            for run in 0..<100 {
                                let batch = Counting(ids: [ByteString("k\(run)")], message: ByteString("m\(run)"))
                                if try await lane.settle(batch, tries: 50) { applied += 1 }
                            }
                            return applied
                        }
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(applied == 100)
            for run in 0..<100 { #expect(try await store.integer("n", of: ByteString("k\(run)"), in: "item") == 1) }
        }
    }

    @Test("A deletion and an older insert at the same time leave no record, whichever is first")
    func versions() async throws {
        try await LiveStore.with { store in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (operation, version) in [("D", 5), ("IU", 3)] {
                    group.addTask {
                        try await store.withLane { lane in
                            for run in 0..<100 {
                                let plan = Self.plan(operation, version, run: run)
                                _ = try await lane.settle(plan.reads) { plan.plan($0) }
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await store.count("brand") == 0)
            #expect(try await store.count("gateway.tombstones") == 100)
            #expect(try await store.count("gateway.ledger") == 200)
        }
    }

    private static func plan(_ operation: String, _ version: Int, run: Int) -> BatchPlan {
        let item = #"{"operation":"\#(operation)","code":"\#(run)","name":"n","v":\#(version)}"#
        let body = #"{"companyId":"c","catalog":"catalogBrand","items":[\#(item)]}"#
        let prepared = Fixtures.prepare(
            Fixtures.delivery(body, messageId: "\(operation)\(run)"), versionField: "v")
        return BatchPlan(
            Batch(segments: [Segment(message: prepared, range: 0..<1)]),
            context: PlanContext(
                route: "t", now: Fixtures.now, seed: UInt64(run) << 20 | UInt64(version), versionField: "v"))
    }

    @Test("Lanes that are the first to use a collection do not disturb each other")
    func newCollections() async throws {
        try await LiveStore.with { store in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for lane in 0..<4 {
                    group.addTask {
                        try await store.withLane { store in
                            for run in 0..<10 {
                                let id = ByteString("\(lane)")
                                try await store.settle(StoreReads("new\(run)", [id])) { snapshot in
                                    var new = CollectionWrites(collection: "new\(run)")
                                    var unread = CollectionWrites(collection: "unread\(run)")
                                    new.insert(id)
                                    unread.insert(id)
                                    return (StoreWrites(new, unread), ())
                                }
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            for run in 0..<10 {
                #expect(try await store.count("new\(run)") == 4)
                #expect(try await store.count("unread\(run)") == 4)
            }
        }
    }
}
