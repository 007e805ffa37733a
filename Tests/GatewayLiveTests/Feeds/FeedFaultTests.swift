import BSON
import Contracts
import Ingest
import JSON
import MongoStore
import Publishing
import RabbitMQ
import Testing

extension RouteLiveTests.Feeds {
    /// The broker takes nothing, or not all, or goes away.
    @Suite("and their broker", .enabled(if: LiveServers.areOurs))
    struct BrokerTests {
        private func terms(_ live: LiveFeed, exchange: String = "", every milliseconds: Int64 = 3_600_000)
            -> FeedConfiguration
        {
            FeedConfiguration(
                plan: RouteLiveTests.Feeds.plan(RouteLiveTests.Feeds.byFlag, batchDocuments: 100),
                target: .amqp(exchange: exchange, routingKey: live.queue), nextRun: { $0 + milliseconds })
        }

        /// Rows in the outbox and received messages together are all documents; no document is marked without either.
        private func expectAll(_ count: Int, of live: LiveFeed, rowsAtMost: Int) async throws {
            let rows = try await live.postingRows()
            #expect(rows.count <= rowsAtMost)
            #expect(rows.allSatisfy { $0.state == .failed && $0.nextTryAt != nil && $0.failedSince != nil })
            let received = try await live.receive()
            let ids = Set(received.map(\.id)).union(rows.compactMap { $0.messageId?.description })
            #expect(ids.count == count)
            #expect(try await live.count { $0.append(BSONWriter.bytes(of: "sent"), bool: true) } == count)
        }

        @Test("the queue is missing: a batch is recorded, the feed holds, and goes on when it is there")
        func queueMissing() async throws {
            try await LiveFeed.with(queue: nil) { live in
                try await live.insert(0..<5000)
                let feed = try await RunningFeed(live, terms(live))
                try await feed.waitUntilHolding()
                try await Task.sleep(for: .seconds(3))
                let rows = try await live.postingRows()
                #expect((1...200).contains(rows.count))
                #expect(rows[0].reason?.contains("create it") == true)
                guard case .holding(let reason) = feed.status.state else {
                    throw Patience.Lost(description: "\(feed.status)")
                }
                #expect(reason.contains("there is no queue '\(live.queue)'"))
                #expect(try await live.row("limits").state == "holding")
                try await live.topology.declareQueue(live.queue)
                try await feed.waitForRuns(1)
                await feed.stop()
                try await expectAll(5000, of: live, rowsAtMost: 200)
                #expect(feed.record.count(.returned) == rows.count)
            }
        }

        @Test("the queue is missing and the documents are large: rows of more bytes than one command holds")
        func queueMissingAndLarge() async throws {
            try await LiveFeed.with(queue: nil) { live in
                for (number, size) in [1200, 1200, 1200, 13_000].enumerated() {
                    let text = String(repeating: "x", count: size << 10)
                    try await live.insert(number..<number + 1, more: { $1.append("text", string: text) })
                }
                // All of them are one batch, and the first batch that fails is recorded whole.
                let feed = try await RunningFeed(live, terms(live))
                try await feed.waitUntilHolding()
                let rows = try await live.postingRows()
                #expect(rows.count == 4 && rows.reduce(0) { $0 + $1.body.count } > 16 << 20)
                try await live.topology.declareQueue(live.queue)
                try await feed.waitForRuns(1)
                await feed.stop()
                try await expectAll(4, of: live, rowsAtMost: 4)
            }
        }

        @Test("the queue's name is corrected: what failed before goes to the right one")
        func targetCorrected() async throws {
            try await LiveFeed.with { live in
                try await live.insert(0..<20)
                let wrong = FeedConfiguration(
                    plan: RouteLiveTests.Feeds.plan(RouteLiveTests.Feeds.byFlag),
                    target: .amqp(exchange: "", routingKey: live.queue + ".wrong"), nextRun: { $0 + 3_600_000 })
                let first = try await RunningFeed(live, wrong)
                try await first.waitUntilHolding()
                await first.stop()
                let failed = try await live.postingRows()
                #expect(!failed.isEmpty && failed.allSatisfy { $0.target == wrong.target })
                let second = try await RunningFeed(live, terms(live))
                try await second.waitForRuns(1)
                await second.stop()
                let rows = try await live.postingRows()
                #expect(rows.map(\.id) == failed.map(\.id))
                #expect(rows.allSatisfy { $0.target == self.terms(live).target && $0.nextTryAt == nil })
                let places = try await live.reader.count(
                    in: StoreCollections.postings,
                    filter: .one { $0.append("destination", string: "queue \(live.queue)") })
                #expect(places == rows.count)
            }
        }

        @Test("the exchange is deleted under load")
        func exchangeDeleted() async throws {
            try await LiveFeed.with { live in
                let exchange = live.queue + ".x"
                try await live.topology.declareExchange(exchange, kind: "direct")
                try await live.topology.bindQueue(live.queue, to: exchange, routingKey: live.queue)
                try await live.insert(0..<20_000)
                let feed = try await RunningFeed(live, terms(live, exchange: exchange))
                try await live.waitForMessages(1000)
                try await live.topology.deleteExchange(exchange)
                try await feed.waitUntilHolding()
                try await live.topology.declareExchange(exchange, kind: "direct")
                try await live.topology.bindQueue(live.queue, to: exchange, routingKey: live.queue)
                try await feed.waitForRuns(1)
                await feed.stop()
                try await live.topology.deleteExchange(exchange)
                try await expectAll(20_000, of: live, rowsAtMost: 500)
            }
        }

        @Test("the permission is revoked: nothing is marked until it is back")
        func permissionRevoked() async throws {
            try await LiveFeed.with { live in
                try await live.servers.control("add_user", "feeder", "secret")
                try await live.servers.control("set_permissions", "feeder", ".*", ".*", ".*")
                try await live.insert(0..<2000)
                let uri = live.servers.brokerURI.replacing("guest:guest", with: "feeder:secret")
                let feed = try await RunningFeed(live, terms(live, every: 200), brokerURI: uri)
                try await feed.waitForRuns(1)
                try await live.servers.control("set_permissions", "feeder", "none", "none", "none")
                // What is granted is remembered for a while by each channel.
                try await live.servers.control("close_all_user_connections", "feeder", "test")
                try await live.insert(2000..<4000)
                try await feed.waitUntilHolding()
                #expect(try await live.count { $0.append(BSONWriter.bytes(of: "sent"), bool: true) } == 2000)
                try await live.servers.control("set_permissions", "feeder", ".*", ".*", ".*")
                try await live.waitForMessages(4000)
                try await feed.waitForRun()
                await feed.stop()
                try await live.servers.control("delete_user", "feeder")
                try await expectAll(4000, of: live, rowsAtMost: 0)
            }
        }

        @Test("the queue is full and rejects: what it refused is recorded, and the feed goes slowly")
        func rejecting() async throws {
            let arguments: [MessageProperties.Header] = [
                .init(name: "x-max-length", value: .integer(1000)),
                .init(name: "x-overflow", value: .string("reject-publish")),
            ]
            try await LiveFeed.with(queue: arguments) { live in
                try await live.insert(0..<3000)
                let feed = try await RunningFeed(live, terms(live))
                try await feed.waitUntilHolding()
                var received: [LiveFeed.Received] = []
                while feed.record.runs.isEmpty {
                    received += try await live.receive()
                    try await Task.sleep(for: .milliseconds(50))
                }
                await feed.stop()
                received += try await live.receive()
                let rows = try await live.postingRows()
                #expect(rows.count < 1000 && !rows.isEmpty)
                #expect(rows.allSatisfy { $0.reason?.contains("full") == true })
                let ids = Set(received.map(\.id)).union(rows.compactMap { $0.messageId?.description })
                #expect(ids.count == 3000)
            }
        }

        @Test("the broker is out of memory: the feed waits, ends when it is stopped, and continues later")
        func memoryAlarm() async throws {
            try await LiveFeed.with { live in
                var waiting: RunningFeed?
                try await live.servers.withMemoryAlarm {
                    try await live.insert(0..<1000)
                    let first = try await RunningFeed(live, terms(live))
                    try await Task.sleep(for: .seconds(2))
                    let began = ContinuousClock.now
                    await first.stop()
                    #expect(began.duration(to: .now) < .seconds(8))
                    #expect(try await live.count { $0.append(BSONWriter.bytes(of: "sent"), bool: true) } == 0)
                    waiting = try await RunningFeed(live, terms(live))
                    try await Task.sleep(for: .seconds(2))
                    #expect(waiting?.record.runs.isEmpty == true)
                }
                let second = try #require(waiting)
                try await second.waitForRuns(1)
                await second.stop()
                try await expectAll(1000, of: live, rowsAtMost: 0)
            }
        }

        enum Trouble: CaseIterable {
            case connectionsClosed, restarted
        }

        @Test(
            "its connections are closed, or it is restarted, twenty times under load: every document comes, under one message-id",
            arguments: Trouble.allCases)
        func twentyTimes(_ trouble: Trouble) async throws {
            try await LiveFeed.with { live in
                let feed = try await RunningFeed(
                    live,
                    FeedConfiguration(
                        plan: RouteLiveTests.Feeds.plan(RouteLiveTests.Feeds.byFlag, watches: true),
                        target: .amqp(exchange: "", routingKey: live.queue),
                        nextRun: { $0 + 1000 }))
                var next = 0
                for _ in 0..<20 {
                    try await live.insert(next..<next + 1000)
                    next += 1000
                    switch trouble {
                    case .connectionsClosed: try await live.servers.control("close_all_connections", "test")
                    case .restarted:
                        try await live.servers.control("stop_app")
                        try await live.servers.control("start_app")
                    }
                }
                let total = next
                try await Patience.until("all are marked; \(feed.status)", within: .seconds(90)) {
                    try await live.count { $0.append(BSONWriter.bytes(of: "sent"), bool: true) } == total
                }
                await feed.stop()
                let received = try await live.receive()
                #expect(Set(received.map(\.id)).count == total)
                #expect(try await live.postingRows().isEmpty)
            }
        }
    }
}
