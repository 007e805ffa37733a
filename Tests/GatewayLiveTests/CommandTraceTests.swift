import BSON
import Contracts
import Foundation
import IngestTesting
import Ingest
import JSON
import MongoStore
import Testing

extension RouteLiveTests {
    /// What commands leave in a database beside what they are asked to do: nothing.
    @Suite("commands and the database", .enabled(if: LiveServers.areThere))
    struct CommandTraces {
        /// Every verb that connects, on things that are not there.
        private static let verbs: [[String]] = [
            ["dead-letters", "discard", "nobody"], ["dead-letters", "replay", "nobody"],
            ["dead-letters", "replay", "--code", "schema"], ["dead-letters", "list"],
            ["dead-letters", "show", "nobody"],
            ["dead-letters", "export"], ["feeds", "list"], ["feeds", "run", "nobody"], ["feeds", "pause", "nobody"],
            ["feeds", "rewind", "nobody"], ["postings", "list"], ["postings", "retry", "nobody"],
            ["postings", "discard", "nobody"], ["config", "list"], ["config", "get", "log.level"],
        ]

        private static func names(in database: String, of eyes: MongoReader) async throws -> Set<String> {
            let reply = try await eyes.command("listCollections", on: database) { command in
                command.append("listCollections", int64: 1)
                command.append("nameOnly", bool: true)
            }
            return reply.withUnsafeBytes { bytes in
                let batch = BSONElements(bytes).first(named: "cursor")?.elements?.first(named: "firstBatch")?.elements
                return Set(batch?.compactMap { $0.elements?.first(named: "name")?.text } ?? [])
            }
        }

        private static func ledgerDays(in database: String, of eyes: MongoReader) async throws -> Int64? {
            let reply = try await eyes.command("listIndexes", on: database) {
                $0.append("listIndexes", string: StoreCollections.ledger)
            }
            return reply.withUnsafeBytes { bytes in
                let batch = BSONElements(bytes).first(named: "cursor")?.elements?.first(named: "firstBatch")?.elements
                return batch?.compactMap { $0.elements?.first(named: "expireAfterSeconds")?.integer }.first
            }.map { $0 / 86_400 }
        }

        private static func run(_ arguments: [String], _ live: LiveFeed, _ more: [String: String] = [:]) async throws
            -> Program.Result
        {
            let directory = try Scratch.directory()
            defer { try? FileManager.default.removeItem(at: directory) }
            return try await Program.run(
                GatewayProcess.path, arguments,
                environment: GatewayProcess.environment(
                    ["MONGODB_URI": live.servers.storeURI, "MONGODB_DATABASE": live.database].merging(more) { $1 }),
                in: directory)
        }

        @Test("a command makes nothing in an empty database", arguments: verbs)
        func empty(verb: [String]) async throws {
            try await LiveFeed.with(queue: nil) { live in
                let database = live.database + "-e"
                let result = try await Self.run(verb, live, ["MONGODB_DATABASE": database])
                #expect(result.status != 69, "\(result.errors)")
                #expect(try await Self.names(in: database, of: live.reader).isEmpty, "\(result.errors)")
            }
        }

        @Test func `a command shortens no ledger, and a gateway that would says so`() async throws {
            try await LiveFeed.with(queue: nil) { live in
                var settings = MongoSettings(uri: live.servers.storeURI, database: live.database)
                settings.ledgerLifetime = .seconds(30 * 86_400)
                let gateway = try MongoDeployment(settings, logger: LiveFeed.logger)
                try await gateway.connect()
                #expect(gateway.notes.isEmpty)
                #expect(try await Self.ledgerDays(in: live.database, of: live.reader) == 30)
                for verb in Self.verbs { _ = try await Self.run(verb, live) }
                for verb in Self.verbs { _ = try await Self.run(verb, live, ["LEDGER_KEEP_DAYS": "90"]) }
                #expect(try await Self.ledgerDays(in: live.database, of: live.reader) == 30)
                settings.ledgerLifetime = .seconds(7 * 86_400)
                let other = try MongoDeployment(settings, logger: LiveFeed.logger)
                try await other.connect()
                #expect(try await Self.ledgerDays(in: live.database, of: live.reader) == 30)
                #expect(
                    other.notes.first?.hasPrefix("ledger.keepDays is 7 here, and gateway.ledger is kept for 30 days")
                        == true)
                await other.close()
                await gateway.close()
            }
        }
    }
}
