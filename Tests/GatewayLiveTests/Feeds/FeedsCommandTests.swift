import Ingest
import Contracts
import BSON
import Foundation
import IngestTesting
import MongoStore
import Publishing
import Testing

extension RouteLiveTests.Feeds {
    @Suite("and gateway feeds")
    struct CommandTests {
        private static func run(_ arguments: String..., on live: LiveFeed) async throws -> Program.Result {
            let directory = try Scratch.directory()
            defer { try? FileManager.default.removeItem(at: directory) }
            return try await Program.run(
                GatewayProcess.path, ["feeds"] + arguments,
                environment: GatewayProcess.environment([
                    "MONGODB_URI": live.servers.storeURI, "MONGODB_DATABASE": live.database,
                ]), in: directory)
        }

        @Test func `list, run, pause, resume and rewind a feed that runs`() async throws {
            try await LiveFeed.with { live in
                let empty = try await Self.run("list", on: live)
                #expect(empty.status == 0 && empty.errors.contains("no feed has run yet"))

                try await live.insert(0..<100)
                let feed = try await RunningFeed(
                    live,
                    FeedConfiguration(
                        plan: RouteLiveTests.Feeds.plan(RouteLiveTests.Feeds.byField), routingKey: live.queue,
                        nextRun: { $0 + 3_600_000 }))
                try await feed.waitForRuns(1)
                let list = try await Self.run("list", on: live)
                #expect(
                    list.output.contains("limits") && list.output.contains("waiting")
                        && list.output.contains("100 documents"))

                try await live.insert(100..<110)
                let ran = try await Self.run("run", "limits", on: live)
                #expect(ran.status == 0, "\(ran.errors)")
                #expect(ran.output.hasPrefix("limits: 10 documents, 10 confirmed, in "))
                #expect(try await live.receive().count == 110)

                #expect(try await Self.run("pause", "limits", on: live).output == "limits: paused\n")
                try await Patience.until("it pauses") { feed.status.state == .paused }
                let refused = try await Self.run("run", "limits", on: live)
                #expect(refused.status == 1 && refused.errors.contains("gateway feeds resume limits"))
                #expect(try await Self.run("list", on: live).output.contains("paused"))
                #expect(try await Self.run("resume", "limits", on: live).output == "limits: resumed\n")

                let back = try await Self.run("rewind", "limits", "--to", "2021-02-27T12:07:30.105Z", on: live)
                #expect(back.output == "limits: begins again at 2021-02-27T12:07:30.105Z\n")
                try await feed.waitForRuns(3)
                #expect(try await live.receive().map(\.number) == Array(105..<110))
                let odd = try await Self.run("rewind", "limits", "--to", "soon", on: live)
                #expect(odd.status == 64 && odd.errors.contains("2026-03-01T00:00:00Z"))

                let json = try await Self.run("list", "--format", "json", on: live)
                #expect(
                    json.output.contains(#""feed":"limits","collection":"limitStatus","goesBy":"field lastUpdate""#))
                #expect(json.output.contains(#""progress":"2021-02-27T12:07:30.109Z""#))
                // Orders that were given, and no others.
                #expect(
                    try await live.auditActions() == ["feeds pause", "feeds resume", "feeds rewind", "feeds run"])
                await feed.stop()
                let ended = try await Self.run("list", "--format", "json", on: live)
                #expect(ended.output.contains(#""state":"not running""#))
            }
        }

        @Test func `a feed without progress goes back to values of its documents' type only`() async throws {
            try await LiveFeed.with { live in
                let feed = try await RunningFeed(
                    live,
                    FeedConfiguration(
                        plan: RouteLiveTests.Feeds.plan(RouteLiveTests.Feeds.byField), routingKey: live.queue,
                        nextRun: { $0 + 3_600_000 }))
                try await feed.waitForRuns(1)
                #expect(try await live.row("limits").mark == nil)
                // There is nothing to compare a value with.
                let empty = try await Self.run("rewind", "limits", "--to", "2021-02-27T12:07:30Z", on: live)
                #expect(
                    empty.status == 64 && empty.errors.contains("has a 'lastUpdate' to compare it"), "\(empty.errors)")
                try await live.insert(0..<10)
                for wrong in ["last tuesday", "2x", "4711", "603a36021082e83690816fe0"] {
                    let refused = try await Self.run("rewind", "limits", "--to", wrong, on: live)
                    #expect(refused.status == 64 && refused.errors.contains("2026-03-01T00:00:00Z"), "\(wrong)")
                }
                #expect(try await live.row("limits").rewind == nil)
                let dry = try await Self.run(
                    "rewind", "limits", "--to", "2021-02-27T12:07:30Z", "--dry-run", on: live)
                #expect(dry.status == 0 && dry.output == "limits: would be begun again at 2021-02-27T12:07:30Z\n")
                #expect(try await live.row("limits").rewind == nil)
                #expect(try await live.auditActions().isEmpty)
                let right = try await Self.run(
                    "rewind", "limits", "--to", "2021-02-27T12:07:30Z", "--reason", "lost", on: live)
                #expect(right.status == 0, "\(right.errors)")
                #expect(try await live.row("limits").rewind?.to?.type == .date)
                await feed.stop()
            }
        }

        @Test func `a name that nobody knows is met with the nearest one`() async throws {
            try await LiveFeed.with { live in
                let feed = try await RunningFeed(
                    live,
                    FeedConfiguration(
                        plan: RouteLiveTests.Feeds.plan(.snapshot), routingKey: live.queue, nextRun: { $0 + 1000 }))
                try await feed.waitForRuns(1)
                let wrong = try await Self.run("pause", "limit", on: live)
                #expect(wrong.status == 1 && wrong.errors.contains("did you mean 'limits'?"))
                let snapshot = try await Self.run("rewind", "limits", "--to", "2h", on: live)
                #expect(snapshot.status == 64 && snapshot.errors.contains("gateway feeds run limits"))
                await feed.stop()
            }
        }

        @Test func `failed postings make the run exit 1, and are counted in the list`() async throws {
            try await LiveFeed.with { live in
                try await live.insert(
                    0..<10,
                    more: { number, document in
                        if number == 3 { document.append("bad", bool: true) }
                    })
                let feed = try await RunningFeed(
                    live, FeedConfiguration(plan: RouteLiveTests.Feeds.plan(.snapshot), routingKey: live.queue))
                try await Patience.until("the row is there") { (try? await live.row("limits"))?.identity != nil }
                let ran = try await Self.run("run", "limits", "--format", "json", on: live)
                #expect(ran.status == 1)
                #expect(ran.output.contains(#""documents":10,"confirmed":9,"failed":1"#))
                #expect(try await Self.run("list", "--format", "json", on: live).output.contains(#""failed":1"#))
                await feed.stop()
            }
        }
    }
}
