import Ingest
import BSON
import Contracts
import MongoStore
import Publishing
import Testing

extension RouteLiveTests.Feeds {
    /// Collections that the store cannot look through in the time that a connection waits for it: here 120 ms.
    @Suite("and large collections")
    struct LargeCollectionTests {
        private static let documents = 300_000
        private static let impatient = "&socketTimeoutMS=120"
        private static let lastUpdate: Int64 = 1_614_427_650_000

        private func terms(
            _ live: LiveFeed, _ progress: FeedPlan.Progress, watches: Bool = false, isShared: Bool = false
        ) -> FeedConfiguration {
            FeedConfiguration(
                plan: RouteLiveTests.Feeds.plan(progress, watches: watches, isShared: isShared),
                target: .amqp(exchange: "", routingKey: live.queue), nextRun: { $0 + 3_600_000 })
        }

        private func index(_ field: StaticString, of live: LiveFeed) async throws {
            let collection = live.collection
            try await live.reader.command("createIndexes") { command in
                command.append("createIndexes", string: collection)
                command.append(
                    "indexes",
                    array: { indexes in
                        indexes.append(
                            "0",
                            document: { index in
                                index.append("name", string: "order")
                                index.append(
                                    "key",
                                    document: { key in
                                        key.append(field, int64: 1)
                                        key.append("_id", int64: 1)
                                    })
                            })
                    })
            }
        }

        /// Where the feed has come so far, as its row tells.
        private func begin(at time: Int64, _ live: LiveFeed) async throws {
            try await live.reader.command("insert") { command in
                command.append("insert", string: StoreCollections.feeds)
                command.append(
                    "documents",
                    array: { rows in
                        rows.append(
                            "0",
                            document: { row in
                                row.append("_id", string: "limits")
                                row.append("token", int64: 0)
                                row.append(
                                    "progress",
                                    document: { progress in
                                        progress.append("value", date: time)
                                        progress.append("id", null: ())
                                    })
                            })
                    })
            }
        }

        @Test
        func
            `a run by a field ends, changes are followed, and what has no place in the order is not looked for in vain`()
            async throws
        {
            try await LiveFeed.with { live in
                try await live.insert(0..<Self.documents)
                try await index("lastUpdate", of: live)
                try await begin(at: Self.lastUpdate + Int64(Self.documents) - 10, live)
                let feed = try await RunningFeed(
                    live, terms(live, RouteLiveTests.Feeds.byField, watches: true), storeOptions: Self.impatient)
                try await feed.waitForRuns(1, within: .seconds(20))
                #expect(feed.record.runs[0].confirmed == 10 && feed.status.advice == nil)
                try await live.insert(Self.documents..<Self.documents + 5)
                try await live.waitForMessages(15, within: .seconds(20))
                await feed.stop()
                #expect(try await live.row("limits").isIncomplete == false)
            }
        }

        @Test(
            "a run by a flag ends though nearly all documents have it, for one gateway and for several",
            arguments: [false, true])
        func flagged(isShared: Bool) async throws {
            try await LiveFeed.with { live in
                try await live.insert(
                    0..<Self.documents,
                    more: { number, document in if number % 50_000 != 49_999 { document.append("sent", bool: true) } })
                let feed = try await RunningFeed(
                    live, terms(live, RouteLiveTests.Feeds.byFlag, isShared: isShared), storeOptions: Self.impatient)
                try await feed.waitForRuns(1, within: .seconds(60))
                #expect(try await live.receive().count == 6)
                #expect(
                    try await live.count {
                        $0.append("sent", document: { $0.append("$ne", value: BSONValue(bool: true)) })
                    } == 0)

                // All of it again: the same for both.
                guard !isShared else { return await feed.stop() }
                try await live.order("limits") { order in
                    order.append(
                        "rewind",
                        document: { rewind in
                            rewind.append("at", date: 1)
                            rewind.append("to", null: ())
                        })
                }
                try await Patience.until("the flags are taken back", within: .seconds(60)) {
                    try await live.row("limits").rewoundAt == 1
                }
                await feed.stop()
            }
        }

        @Test func `without an index it says which one to create, and goes on by itself once it is there`() async throws
        {
            try await LiveFeed.with { live in
                try await live.insert(0..<Self.documents)
                try await begin(at: Self.lastUpdate + Int64(Self.documents) - 10, live)
                let feed = try await RunningFeed(
                    live, terms(live, RouteLiveTests.Feeds.byField), storeOptions: "&socketTimeoutMS=40")
                let command = "db.getCollection(\"limitStatus\").createIndex({\"lastUpdate\": 1, _id: 1})"
                try await Patience.until("it tells; now \(feed.status)", within: .seconds(60)) {
                    feed.status.advice?.words.contains(command) == true
                }
                try await index("lastUpdate", of: live)
                try await feed.waitForRuns(1, within: .seconds(60))
                #expect(feed.record.runs[0].confirmed == 10)
                await feed.stop()
            }
        }
    }
}
