import Ingest
import Contracts
import Foundation
import IngestTesting
import BSON
import Testing

extension RouteLiveTests {
    @Suite("gateway config", .enabled(if: LiveServers.areThere))
    struct ConfigCommand {
        private static func run(
            _ arguments: String..., on route: LiveRoute, _ more: [String: String] = [:]
        ) async throws -> (status: Int32, output: String, errors: String) {
            let result = try await Program.run(
                GatewayProcess.path, ["config"] + arguments,
                environment: GatewayProcess.environment(route.settings.merging(more) { _, new in new }),
                in: route.directory)
            return (result.status, result.output.trimmingCharacters(in: .newlines), result.errors)
        }

        @Test func `set, get, list and unset: value, origin and what is overridden`() async throws {
            try await LiveRoute.with { route in
                let set = try await Self.run("set", "rabbitMQ.prefetch", "7", on: route)
                #expect(set.status == 0 && set.output == "rabbitMQ.prefetch = 7  (configuration 'rabbitMQ.prefetch')")
                let overridden = try await Self.run(
                    "get", "rabbitMQ.prefetch", on: route, ["RABBITMQ_PREFETCH": "9"])
                #expect(
                    overridden.output
                        == "rabbitMQ.prefetch = 9  (environment RABBITMQ_PREFETCH, overrides configuration 'rabbitMQ.prefetch': 7)"
                )
                let asJSON = try await Self.run("get", "rabbitMQ.prefetch", "--format", "json", on: route)
                #expect(
                    asJSON.output
                        == #"{"key":"rabbitMQ.prefetch","value":"7","origin":"configuration 'rabbitMQ.prefetch'","stored":"7","overridden":false,"live":true}"#
                )
                let list = try await Self.run("list", on: route)
                #expect(list.status == 0)
                #expect(list.output.contains("rabbitMQ.prefetch"))
                #expect(!list.output.contains("guest:guest"), "the URI's password")
                let unset = try await Self.run("unset", "rabbitMQ.prefetch", on: route)
                #expect(unset.status == 0 && unset.output == "rabbitMQ.prefetch is not set")
                // One row for the value, one for taking it out; none for looking.
                #expect(try await route.store.count("gateway.audit") == 2)
            }
        }

        @Test func `a file of variables gives settings beneath the environment, and its line is the origin`()
            async throws
        {
            try await LiveRoute.with { route in
                let file = route.directory.appendingPathComponent(".env")
                try Data("# ours\nRABBITMQ_PREFETCH=7\nRABBITMQ_PRODUCER_PASSWORD='dotenvSecret'\n".utf8).write(
                    to: file)
                let own = try await Self.run("get", "rabbitMQ.prefetch", on: route)
                #expect(own.output == "rabbitMQ.prefetch = 7  (.env:2:1)", "\(own.errors)")
                let over = try await Self.run("get", "rabbitMQ.prefetch", on: route, ["RABBITMQ_PREFETCH": "9"])
                #expect(over.output == "rabbitMQ.prefetch = 9  (environment RABBITMQ_PREFETCH)")
                let list = try await Self.run("list", on: route)
                #expect(list.output.contains(".env:2:1") && list.output.contains(".env:3:1"))
                #expect(!list.output.contains("dotenvSecret"))
                let none = try await Self.run("list", "--env", "none.env", on: route)
                #expect(none.status == 78 && none.errors.contains("none.env:1:1: cannot read"), "\(none)")
            }
        }

        @Test func `a list, a misprint of the manual, and a secret, which is never shown`() async throws {
            try await LiveRoute.with { route in
                let list = try await Self.run("set", "companies.allowed", "napse,acme", on: route)
                #expect(list.output == "companies.allowed = napse,acme  (configuration 'companies.allowed')")
                let misprint = try await Self.run("set", "rabbitMQ.transaction.endopintName", "tx", on: route)
                #expect(misprint.status == 0 && misprint.errors.contains("hint: 'endopintName'"))
                #expect(misprint.output.hasPrefix("rabbitMQ.transaction.endpointName = tx"))
                let secret = try await Self.run("set", "rabbitMQ.producer.password", "hunter2", on: route)
                #expect(
                    secret.output == "rabbitMQ.producer.password = ***  (configuration 'rabbitMQ.producer.password')")
                let json = try await Self.run("list", "--format", "json", on: route)
                #expect(!json.output.contains("hunter2"))
            }
        }

        @Test(
            "what is impossible is reported before anything is written",
            arguments: [
                (["set", "rabbitMQ.enabeld", "true"], 64, "did you mean 'rabbitMQ.enabled'?"),
                (["set", "rabbitMQ.enabled", "perhaps"], 64, "expected true or false, found 'perhaps'"),
                (["set", "rabbitMQ.producer.uri", "http://u:hunter2@h"], 64, "rabbitMQ.producer.uri: "),
                (["set", "mongoDB.uri", "mongodb://h/"], 64, "MONGODB_URI"),
                (["set", "console.port", "1"], 64, "CONSOLE_PORT"),
                (["set", "lanes", ""], 64, "gateway config unset lanes"),
                (["set", "rabbitMQ.host", "h"], 1, "rabbitMQ.uri excludes rabbitMQ.host"),
                (["get", "rabbitMQ"], 64, "is not a setting but a group: rabbitMQ.enabled"),
                (["get", "lanes", "--set", "lanes=0"], 78, "lanes: expected"),
            ] as [([String], Int32, String)])
        func refused(arguments: [String], status: Int32, words: String) async throws {
            try await LiveRoute.with { route in
                let result = try await Program.run(
                    GatewayProcess.path, ["config"] + arguments,
                    environment: GatewayProcess.environment(route.settings), in: route.directory)
                #expect(result.status == status, "\(result.errors)")
                #expect(result.errors.contains(words), "\(result.errors)")
                #expect(!result.errors.contains("hunter2"))
                let collections = try await PromoConsole.with(route) { try await $0.collections() }
                #expect(collections.isEmpty)
            }
        }

        @Test func `what stands in the collection and cannot be used makes list exit with 1`() async throws {
            try await LiveRoute.with { route in
                try await PromoConsole.with(route) { try await $0.set("lanes", "many") }
                let list = try await Self.run("list", on: route)
                #expect(list.status == 1)
                #expect(list.errors.contains("configuration 'lanes': lanes: expected a whole number"))
                let mended = try await Self.run("set", "lanes", "3", on: route)
                #expect(mended.output == "lanes = 3  (configuration 'lanes')")
            }
        }

        @Test func `a setting among others in a document is left to whoever wrote it`() async throws {
            try await LiveRoute.with { route in
                try await PromoConsole.with(route) { console in
                    try await console.set("mine") { $0.append("lanes", int64: 4) }
                }
                let set = try await Self.run("set", "lanes", "3", on: route)
                #expect(set.status == 1 && set.errors.contains("together with others"))
                #expect(try await Self.run("get", "lanes", on: route).output == "lanes = 4  (configuration 'mine')")
            }
        }

        @Test func `without a store: 69 within the time that a selection takes`() async throws {
            try await LiveRoute.with { route in
                let result = try await Self.run(
                    "list", on: route, ["MONGODB_URI": "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=500"])
                #expect(result.status == 69)
                #expect(result.errors.hasPrefix("mongoDB: "))
            }
        }

        @Test func `send without a broker: 69 in a few seconds, and why`() async throws {
            try await LiveRoute.with { route in
                let file = route.directory.appendingPathComponent("message.json")
                try Data("{}".utf8).write(to: file)
                let began = ContinuousClock.now
                let result = try await Program.run(
                    GatewayProcess.path, ["send", file.path],
                    environment: GatewayProcess.environment(
                        route.settings.merging(["RABBITMQ_URI": "amqp://u:hunter2@127.0.0.1:1/"]) { _, new in new }),
                    in: route.directory)
                print("route: send without a broker ends after \(began.duration(to: .now))")
                #expect(began.duration(to: .now) < .seconds(6))
                #expect(result.status == 69)
                #expect(result.errors.contains("nothing was sent: amqp://u@127.0.0.1:1/: "))
                #expect(!result.errors.contains("hunter2"))
            }
        }
    }
}
