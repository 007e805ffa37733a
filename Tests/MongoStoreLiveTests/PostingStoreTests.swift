import BSON
import Contracts
import Ingest
import JSON
import MongoStore
import Testing

/// `gateway.postings` as the outbox relay and the counters read it: a backlog for one destination costs the others nothing.
@Suite("Postings that wait", .enabled(if: LiveServer.isThere, LiveServer.hint))
struct PostingStoreTests {
    private static let now: Int64 = 1_000_000

    private static func row(
        _ id: String, to queue: String, _ state: PostingRow.State = .pending, origin: PostingRow.Origin = .route
    ) -> PostingRow {
        var row = PostingRow(
            id: ByteString(id), origin: origin, name: "r", target: .amqp(exchange: "", routingKey: queue),
            body: Array("{\"text\":\"\(String(repeating: "x", count: 200))\"}".utf8), registeredAt: 1)
        row.state = state
        if state != .pending { row.failedSince = 7 }
        return row
    }

    /// The ids of those that are due, in the order in which they come.
    private static func due(
        _ postings: MongoPostings, limit: Int = 1000, without: [String] = []
    ) async throws -> [String] {
        try await postings.waiting(limit: limit, bytes: 8 << 20, without: without, now: now).map(\.id.description)
    }

    @Test(
        "A hundred thousand rows of a dead destination are not read while it backs off, nor when the rest is counted")
    func deadDestination() async throws {
        try await LiveStore.with { store in
            try await store.insert((0..<100_000).map { Self.row("a\(1_000_000 + $0)", to: "dead") })
            try await store.insert((0..<20_000).map { Self.row("b\(1_000_000 + $0)", to: "dead", .stuck) })
            try await store.insert((0..<10).map { Self.row("c\($0)", to: "alive\($0 % 2)") })
            let postings = store.deployment.makePostings()
            let work = try await store.profile(StoreCollections.postings) {
                let alive = try await Self.due(postings, without: ["queue dead"])
                #expect(alive == (0..<10).map { "c\($0)" })
                let all = try await Self.due(postings)
                #expect(all.count == 1000 && all.first == "a1000000" && all == all.sorted())
                #expect(try await Self.due(postings, without: ["queue dead", "queue alive0"]).count == 5)
            }
            #expect(work.plans.count == 6 && work.plans.allSatisfy { !$0.contains("COLLSCAN") }, "\(work)")
            #expect(work.documents <= 1100 && work.keys < 2000, "\(work)")

            let counted = try await store.profile(StoreCollections.postings) {
                let summary = try #require(try await postings.summary())
                #expect(
                    summary.map { [$0.destination, "\($0.pending)", "\($0.failed)", "\($0.stuck)"] } == [
                        ["queue dead", "100000", "0", "20000"], ["queue alive0", "5", "0", "0"],
                        ["queue alive1", "5", "0", "0"],
                    ])
            }
            // Those that a person must see are read; those that only wait are counted in the index.
            #expect(counted.documents <= 20_000 && counted.plans.allSatisfy { !$0.contains("COLLSCAN") }, "\(counted)")
            await postings.close()
        }
    }

    @Test("Each destination comes in the order of its ids, whatever the states of its rows")
    func order() async throws {
        try await LiveStore.with { store in
            var rows = (0..<600).map { number in
                Self.row("\(1000 + number)", to: "q\(number % 7)", [.pending, .failed, .stuck][number % 3])
            }
            rows[0].origin = .feed
            rows[0].nextTryAt = Self.now + 1000
            rows[3].origin = .feed
            rows[3].nextTryAt = Self.now - 1000
            // By a clock that was set back since: not a pause.
            rows[6].origin = .feed
            rows[6].nextTryAt = Self.now + 3_600_000
            try await store.insert(rows)
            let postings = store.deployment.makePostings()
            let expected = rows.filter { $0.state != .stuck && $0.id != "1000" }.map(\.id.description)
            #expect(try await Self.due(postings) == expected)
            #expect(try await Self.due(postings, limit: 50) == Array(expected.prefix(50)))
            await postings.close()
        }
    }

    @Test("Of more destinations than fit into one question, each has its turn")
    func manyDestinations() async throws {
        try await LiveStore.with { store in
            try await store.insert((0..<1000).map { Self.row("\(1000 + $0)", to: "reply-\($0 / 2)") })
            let postings = store.deployment.makePostings()
            #expect(Set(try await Self.due(postings)).count == 1000)
            // The rows read are completed, as the outbox relay does.
            var seen: Set<String> = []
            for _ in 0..<40 where seen.count < 1000 {
                let rows = try await postings.waiting(limit: 60, bytes: 8 << 20, without: [], now: Self.now)
                seen.formUnion(rows.map(\.id.description))
                try await postings.remove(rows)
            }
            #expect(seen.count == 1000)
            await postings.close()
        }
    }

    @Test("Of the rows that are removed at once, those that have another version by now stay")
    func versions() async throws {
        try await LiveStore.with { store in
            var rows = (0..<30).map { Self.row("\(10 + $0)", to: "q") }
            for index in rows.indices { rows[index].version = ByteString(["", "v1", "v2"][index % 3]) }
            try await store.insert(rows)
            let postings = store.deployment.makePostings()
            // What was read before somebody has changed them.
            rows[3].version = "v1"
            rows[4].version = ""
            rows[5].version = "v3"
            try await postings.remove(Array(rows.prefix(20)))
            #expect(try await Self.due(postings) == ["13", "14", "15"] + (30..<40).map { "\($0)" })
            await postings.close()
        }
    }

    @Test("Where somebody has dropped the index, postings go on")
    func noIndex() async throws {
        try await LiveStore.with { store in
            try await store.insert([Self.row("1", to: "q")])
            try await store.reader.command("dropIndexes") { command in
                command.append("dropIndexes", string: StoreCollections.postings)
                command.append("index", string: "*")
            }
            let postings = store.deployment.makePostings()
            #expect(try await Self.due(postings) == ["1"])
            #expect(try await postings.summary()?.map(\.pending) == [1])
            await postings.close()
        }
    }

    @Test("A gateway whose clock is behind notes postings behind those that are stored")
    func clocks() async throws {
        try await LiveStore.with { store in
            // Noted by one whose clock is hours ahead.
            let ahead = PostingClock(now: { 4_000_000_000_000 }).next()
            try await store.insert([Self.row("feed:limits:d1", to: "q", .failed, origin: .feed)])
            let row = PlanContext(route: "r", now: 0, seed: 1, stamp: ahead)
            let id = ByteString(
                String(row.stamp.milliseconds, radix: 16).leftPadded(12) + "000005" + "00000000000000000000")
            try await store.insert([Self.row(id.description, to: "q")])
            let other = try store.another()
            try await other.connect()
            #expect(other.postingClock.next().milliseconds >= 4_000_000_000_000)
            await other.close()
            // One that is connected already hears of it too.
            #expect(store.deployment.postingClock.next().milliseconds < 4_000_000_000_000)
            let postings = store.deployment.makePostings()
            try await postings.followOrder()
            #expect(store.deployment.postingClock.next().milliseconds >= 4_000_000_000_000)
            await postings.close()
        }
    }
}

extension String {
    fileprivate func leftPadded(_ width: Int) -> String { String(repeating: "0", count: max(0, width - count)) + self }
}

/// What the server did for some commands, as its profiler saw it.
struct ServerWork: CustomStringConvertible {
    var plans: [String] = []
    var documents: Int64 = 0
    var keys: Int64 = 0

    var description: String { "\(plans), \(documents) documents and \(keys) keys examined" }
}

extension LiveStore {
    func insert(_ rows: [PostingRow]) async throws {
        for start in stride(from: 0, to: rows.count, by: 10_000) {
            let some = rows[start..<min(rows.count, start + 10_000)]
            try await reader.command("insert") { command in
                command.append("insert", string: StoreCollections.postings)
                command.append(
                    "documents",
                    array: { documents in
                        for (index, row) in some.enumerated() {
                            BSONWriter.withIndexName(index) { documents.append($0, document: { row.append(to: &$0) }) }
                        }
                    })
            }
        }
    }

    /// What the commands of `body` on a collection cost the server.
    func profile(_ collection: String, _ body: () async throws -> Void) async throws -> ServerWork {
        try await reader.command("profile") { $0.append("profile", int64: 0) }
        _ = try? await reader.command("drop") { $0.append("drop", string: "system.profile") }
        try await reader.command("profile") { $0.append("profile", int64: 2) }
        try await body()
        try await reader.command("profile") { $0.append("profile", int64: 0) }
        let space = "\(deployment.database).\(collection)"
        let found = try await reader.find(
            in: "system.profile", filter: .document { $0.append("ns", string: space) })
        var work = ServerWork()
        for index in 0..<found.count {
            found.withDocument(index) { entry in
                let fields = BSONElements(entry)
                guard let plan = fields.first(named: "planSummary")?.text else { return }
                work.plans.append(plan)
                work.documents += fields.first(named: "docsExamined")?.integer ?? 0
                work.keys += fields.first(named: "keysExamined")?.integer ?? 0
            }
        }
        return work
    }
}
