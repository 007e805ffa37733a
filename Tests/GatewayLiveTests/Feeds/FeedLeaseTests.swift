import Ingest
import BSON
import Contracts
import JSON
import MongoStore
import Publishing
import Testing

extension RouteLiveTests.Feeds {
    /// Several gateways and one feed.
    @Suite("and their leases")
    struct LeaseTests {
        private func terms(_ live: LiveFeed, every milliseconds: Int64 = 200, isShared: Bool = false)
            -> FeedConfiguration
        {
            FeedConfiguration(
                plan: RouteLiveTests.Feeds.plan(RouteLiveTests.Feeds.byFlag, batchDocuments: 100, isShared: isShared),
                target: .amqp(exchange: "", routingKey: live.queue), nextRun: { $0 + milliseconds })
        }

        @Test(
            "one that goes in good order is followed at once, one that is gone within ten seconds",
            arguments: [true, false])
        func takeOver(inGoodOrder: Bool) async throws {
            try await LiveFeed.with { live in
                try await live.insert(0..<20_000)
                let first = try await RunningFeed(live, terms(live), releases: inGoodOrder)
                try await Patience.until("the first has it") { first.status.isHolder }
                let second = try await RunningFeed(live, terms(live))
                try await live.waitForMessages(1000)
                #expect(!second.status.isHolder && second.status.holder?.contains("process") == true)
                await first.stop()
                let gone = ContinuousClock.now
                try await Patience.until("the second has it") { second.status.isHolder }
                #expect(gone.duration(to: .now) < (inGoodOrder ? .seconds(4) : .seconds(10)))
                try await second.waitForRuns(1)
                await second.stop()
                let received = try await live.receive()
                #expect(Set(received.map(\.id)).count == 20_000)
                #expect(try await live.count { $0.append(BSONWriter.bytes(of: "sent"), bool: true) } == 20_000)
            }
        }

        @Test("twenty hand-overs under load leave no gap")
        func manyHandOvers() async throws {
            try await LiveFeed.with { live in
                var feeds = [try await RunningFeed(live, terms(live)), try await RunningFeed(live, terms(live))]
                var next = 0
                for round in 0..<20 {
                    try await live.insert(next..<next + 500)
                    next += 500
                    let holder = feeds.firstIndex { $0.status.isHolder } ?? round % 2
                    await feeds[holder].stop()
                    feeds[holder] = try await RunningFeed(live, terms(live))
                }
                let total = next
                try await Patience.until("all are marked", within: .seconds(60)) {
                    try await live.count { $0.append(BSONWriter.bytes(of: "sent"), bool: true) } == total
                }
                for feed in feeds { await feed.stop() }
                #expect(Set(try await live.receive().map(\.id)).count == total)
            }
        }

        @Test("a holder whose lease went to another marks nothing, and takes back what it recorded")
        func fenced() async throws {
            try await LiveFeed.with { live in
                try await live.insert(0..<10)
                let deployment = try LiveFeed.deployment(live.servers, live.database)
                try await deployment.connect()
                let leases = deployment.makeLeases()
                let plan = RouteLiveTests.Feeds.plan(RouteLiveTests.Feeds.byFlag)
                let store = deployment.makeFeed(plan)
                guard case .taken(let old) = try await leases.take("limits") else {
                    throw Patience.Lost(description: "not taken")
                }
                guard case .held(let holder) = try await leases.take("limits") else {
                    throw Patience.Lost(description: "taken twice")
                }
                #expect(holder.contains("process"))
                let renewed = try await leases.renew(old)
                #expect(renewed?.token == old.token && old.token == 1)

                // As when its time is over.
                try await live.order("limits") { $0.append("leaseUntil", date: 0) }
                guard case .taken(let new) = try await leases.take("limits") else {
                    throw Patience.Lost(description: "not taken")
                }
                #expect(new.token == 2)
                #expect(try await leases.renew(old) == nil)
                #expect(try await leases.look(at: old) == nil)

                func settlement(_ text: String) async throws -> FeedSettlement {
                    var settlement = FeedSettlement()
                    var row = PostingRow(
                        id: "feed:limits:d1", origin: .feed, name: "limits",
                        target: .amqp(exchange: "", routingKey: "q"), body: Array(text.utf8), registeredAt: 1)
                    row.state = .failed
                    settlement.rows = [row]
                    _ = try await store.beginReading(from: nil)
                    settlement.flags = try await store.nextDocuments(count: 100, bytes: 1 << 20)
                    settlement.note.lastRun = FeedRun(at: 7)
                    return settlement
                }
                #expect(try await store.settle(settlement("old"), lease: old).isOurs == false)
                #expect(try await live.postingRows().isEmpty)
                #expect(try await live.count { $0.append(BSONWriter.bytes(of: "sent"), bool: true) } == 0)
                #expect(try await live.row("limits").lastRun == nil)

                #expect(try await store.settle(settlement("new"), lease: new).isOurs)
                #expect(try await live.count { $0.append(BSONWriter.bytes(of: "sent"), bool: true) } == 10)
                // What a later holder has recorded stays as it is.
                #expect(try await store.settle(settlement("old"), lease: old).isOurs == false)
                #expect(try await live.postingRows().map(\.body) == [Array("new".utf8)])
                #expect(try await store.note(FeedNote(), lease: old) == false)
                await leases.release(new)
                #expect(try await live.row("limits").holder == nil)
                await store.close()
                await leases.close()
                await deployment.close()
            }
        }

        @Test("several gateways share the documents of one feed")
        func shared() async throws {
            try await LiveFeed.with { live in
                try await live.insert(0..<10_000)
                let feeds = [
                    try await RunningFeed(live, terms(live, isShared: true)),
                    try await RunningFeed(live, terms(live, isShared: true)),
                ]
                try await Patience.until("all are marked", within: .seconds(60)) {
                    try await live.count { $0.append(BSONWriter.bytes(of: "sent"), bool: true) } == 10_000
                }
                for feed in feeds { await feed.stop() }
                let received = try await live.receive()
                #expect(received.count == 10_000)
                #expect(Set(received.map(\.number)).count == 10_000)
                #expect(feeds.allSatisfy { $0.record.count(.confirmed) > 0 })
                #expect(
                    try await live.count {
                        $0.append("gatewayClaim", document: { $0.append("$exists", value: BSONValue(bool: true)) })
                    }
                        == 0)
            }
        }
    }
}
