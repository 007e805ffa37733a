import Ingest
import BSON
import Contracts
import Foundation
import JSON
import MongoStore
import RabbitMQ
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
            .enabled(if: GatewayProcess.hasCrashPoints), arguments: FaultPoint.ofFeeds,
            ["flag: sent", "field: lastUpdate"])
        func everyStep(_ point: FaultPoint, _ progress: String) async throws {
            try await Self.with(progress) { site in
                let live = site.live
                try await live.insert(0..<500)
                // The outbox relay and other feeds pass some of them too; the batches of this one do so ten times.
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
                // One with a progress field also reads the overlap again.
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
                // On a busy machine much is left to be published.
                try await Patience.until("all are marked", within: .seconds(300)) { try await Self.sent(live) == total }
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

        /// A publisher asks before each posting whether its lease still is its own.
        @Test("one that was frozen and wakes up without its lease sends nothing old after something new")
        func frozen() async throws {
            try await Self.with("flag: sent") { site in
                let live = site.live
                try await live.insert(0..<50)
                let first = try site.route.start(site.settings)
                try await first.wait("all are marked") { try await Self.sent(live) == 50 }
                let second = try site.route.start(site.settings)
                try await second.waitUntilReady()
                for version in 2..<12 {
                    if version == 4 { try first.freeze() }
                    for number in 0..<50 {
                        try await live.update(number) { document in
                            document.append("version", int64: Int64(version))
                            document.append("sent", bool: false)
                        }
                    }
                    if version == 6 {
                        try await Patience.until("the second takes over") {
                            (try? await live.row("limits"))?.holder?.hasSuffix("process \(second.pid)") == true
                        }
                    }
                    if version == 8 { try first.thaw() }
                }
                try await Patience.until("all are marked") { try await Self.sent(live) == 50 }
                for gateway in [first, second] { #expect(try await gateway.terminate().code == 0) }
                var versions: [Int: Int] = [:]
                // One message may have been between its question and the socket at the moment of the freeze.
                var old: [String] = []
                for message in try await live.receive() {
                    if message.version < versions[message.number] ?? 0 { old.append("\(message)") }
                    versions[message.number] = message.version
                }
                #expect(old.count <= 1, "\(old)")
                #expect(versions.count == 50 && versions.values.allSatisfy { $0 == 11 })
                #expect(try await live.postingRows().isEmpty)
            }
        }

        @Test("a queue that is missing: rows and a banner; once it is there all arrives, and both are gone")
        func queueMissing() async throws {
            try await Self.with("flag: sent") { site in
                let live = site.live
                try await live.topology.deleteQueue(live.queue)
                try await live.insert(0..<500)
                let gateway = try site.route.start(site.settings)
                try await gateway.wait("postings fail") { try await !live.postingRows().isEmpty }
                try await gateway.wait("the feed holds") { (try? await live.row("limits"))?.state == "holding" }
                let status = try #require(await HTTPAnswer.get("/api/status", port: gateway.port)).text
                #expect(status.contains("there is no queue '\(live.queue)'"))
                // A newer version takes the place of the one that failed.
                try await live.update(0) { document in
                    document.append("version", int64: 2)
                    document.append("sent", bool: false)
                }
                try await live.topology.declareQueue(live.queue)
                try await gateway.wait("all arrive, and no row is left") {
                    guard try await live.postingRows().isEmpty else { return false }
                    return try await Self.sent(live) == 500
                }
                try await gateway.wait("the banner is gone") {
                    await HTTPAnswer.get("/api/status", port: gateway.port)?.text.contains("there is no queue") == false
                }
                #expect(try await gateway.terminate().code == 0)
                let received = try await live.receive()
                #expect(Set(received.map(\.number)) == Set(0..<500))
                let first = received.filter { $0.number == 0 }.map(\.version)
                #expect(first.last == 2 && first == first.sorted())
            }
        }
    }
}
