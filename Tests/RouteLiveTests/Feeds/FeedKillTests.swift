import Documents
import Foundation
import MongoStore
import Pipeline
import RabbitMQ
import Records
import Testing

extension RouteLiveTests.Feeds {
    /// Real gateways that are ended without a last word, and others that take over.
    @Suite("and kill -9 of gateways")
    struct KillTests {
        /// A route's database and a queue beside it.
        private struct Site {
            let route: LiveRoute
            let live: LiveFeed

            var settings: [String: String] {
                [
                    "MAPPINGS_DIRECTORY": "mappings", "MONGODB_DATABASE": live.database, "PROMO_FEED_QUEUE": live.queue,
                ]
            }
        }

        private static func with(_ progress: String, _ body: (Site) async throws -> Void) async throws {
            try await LiveRoute.with { route in
                let directory = route.directory.appendingPathComponent("mappings")
                try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
                try await LiveFeed.with { live in
                    let mapping = """
                        routes:
                          limits:
                            from:
                              mongodb:
                                collection: limitStatus
                                watch: true
                                every: 2s
                                batch: 50
                                version: version
                                progress: { \(progress) }
                            message: document
                            to: { amqp: { queue: \(live.queue) } }
                        """
                    try Data(mapping.utf8).write(to: directory.appendingPathComponent("limits.yaml"))
                    try await body(Site(route: route, live: live))
                }
            }
        }

        private static func sent(_ live: LiveFeed) async throws -> Int {
            try await live.count { $0.append(BSONWriter.bytes(of: "sent"), bool: true) }
        }

        @Test(
            "at every step between publishing and marking nothing is lost, and repeats have the same message-id",
            .enabled(if: GatewayProcess.hasCrashPoints), arguments: Checkpoint.ofFeeds,
            ["flag: sent", "field: lastUpdate"])
        func everyStep(_ point: Checkpoint, _ progress: String) async throws {
            try await Self.with(progress) { site in
                let live = site.live
                try await live.insert(0..<500)
                // The courier and other feeds pass some of them too; the batches of this one do so ten times.
                let first = try site.route.start(
                    site.settings.merging(["GATEWAY_CRASH_AT": "\(point.rawValue):3"]) { _, new in new })
                try await Patience.until("the first gateway ends at \(point)") { !first.isRunning }
                let marked = try await Self.sent(live)
                #expect(try await live.topology.queue(live.queue).messageCount >= marked)

                let second = try site.route.start(site.settings)
                try await second.wait("all are published") {
                    let row = try? await live.row("limits")
                    let isDone = row?.isIncomplete == false && row?.lastRun != nil
                    return try await live.topology.queue(live.queue).messageCount >= 500 && isDone
                }
                if progress.hasPrefix("flag") {
                    try await second.wait("all are marked") { try await Self.sent(live) == 500 }
                }
                let exit = try await second.terminate()
                #expect(exit.code == 0)
                let received = try await live.receive()
                #expect(Set(received.map(\.id)) == Set((0..<500).map { "limits:d\($0):1" }))
                // One that goes by a field also reads the stretch of its overlap again.
                let most = progress.hasPrefix("flag") ? 500 + 4 * 50 : 2 * 500
                #expect(received.count <= most, "\(received.count) messages")
                #expect(try await live.postingRows().isEmpty)
            }
        }

        private static let rounds = 200

        @Test(
            "two gateways, the one that publishes is killed again and again: no document is lost",
            .timeLimit(.minutes(30)))
        func manyKills() async throws {
            try await Self.with("flag: sent") { site in
                let live = site.live
                var gateways = [try site.route.start(site.settings), try site.route.start(site.settings)]
                var inserted = 0
                var slowest = Duration.zero
                for round in 0..<Self.rounds {
                    try await live.insert(inserted..<inserted + 200)
                    inserted += 200
                    var holder: Int?
                    try await Patience.until("round \(round): somebody publishes") {
                        let name = (try? await live.row("limits"))?.holder
                        holder = gateways.firstIndex { name?.hasSuffix("process \($0.pid)") == true && $0.isRunning }
                        return holder != nil
                    }
                    let index = try #require(holder)
                    try await Task.sleep(for: .milliseconds(Int.random(in: 0...150)))
                    try await gateways[index].kill()
                    let killed = ContinuousClock.now
                    // Marked without a confirm: then fewer messages than marks.
                    let marked = try await Self.sent(live)
                    #expect(try await live.topology.queue(live.queue).messageCount >= marked)
                    gateways[index] = try site.route.start(site.settings)
                    let other = gateways[1 - index]
                    try await Patience.until("round \(round): the other one takes over", within: .seconds(10)) {
                        let name = (try? await live.row("limits"))?.holder
                        return gateways.contains { name?.hasSuffix("process \($0.pid)") == true } && other.isRunning
                    }
                    slowest = max(slowest, killed.duration(to: .now))
                }
                let total = inserted
                try await Patience.until("all are marked", within: .seconds(60)) { try await Self.sent(live) == total }
                for gateway in gateways {
                    let exit = try await gateway.terminate()
                    #expect(exit.code == 0)
                }
                let received = try await live.receive()
                #expect(Set(received.map(\.id)) == Set((0..<total).map { "limits:d\($0):1" }))
                print(
                    "feeds: \(Self.rounds) kills, \(total) documents, \(received.count) messages with"
                        + " \(Set(received.map(\.id)).count) message-ids; slowest take-over \(slowest)")
            }
        }
    }
}
