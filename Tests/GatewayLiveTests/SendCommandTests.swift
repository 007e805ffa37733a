import Ingest
import Contracts
import Foundation
import IngestTesting
import JSON
import Testing

extension RouteLiveTests {
    @Suite("gateway send, and mappings on any machine", .enabled(if: LiveServers.areThere))
    struct SendCommands {
        private static func run(
            _ arguments: [String], on route: LiveRoute, without names: [String] = [], _ more: [String: String] = [:]
        ) async throws -> Program.Result {
            var settings = route.settings.merging(more) { _, new in new }
            for name in names { settings[name] = nil }
            return try await Program.run(
                GatewayProcess.path, arguments, environment: GatewayProcess.environment(settings), in: route.directory)
        }

        @Test func `the queue's name comes from the collection where nothing else names it`() async throws {
            try await LiveRoute.with { route in
                try Data("{}".utf8).write(to: route.directory.appendingPathComponent("message.json"))
                let queue = ["RABBITMQ_ENDPOINT_NAME"]
                let unnamed = try await Self.run(["send", "message.json"], on: route, without: queue)
                #expect(unnamed.status == 78)
                #expect(
                    unnamed.errors.contains(
                        "rabbitMQ.endpointName: not set, not even in the collection 'configuration'; name the queue with --queue"
                    ), "\(unnamed.errors)")
                let set = try await Self.run(
                    ["config", "set", "rabbitMQ.endpointName", route.queue], on: route, without: queue)
                #expect(set.status == 0, "\(set.errors)")
                let sent = try await Self.run(["send", "message.json"], on: route, without: queue)
                #expect(sent.status == 0, "\(sent.errors)")
                #expect(try await route.queueLength() == 1)
                let away = try await Self.run(
                    ["send", "message.json"], on: route, without: queue,
                    ["MONGODB_URI": "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=500"])
                #expect(away.status == 78)
                #expect(
                    away.errors.contains("the collection 'configuration' may name it, but cannot be read"),
                    "\(away.errors)")
            }
        }

        @Test func `what the broker gives back is named, in JSON too`() async throws {
            try await LiveRoute.with { route in
                try Data("{}".utf8).write(to: route.directory.appendingPathComponent("message.json"))
                let sent = try await Self.run(
                    ["send", "message.json", "--queue", "nowhere", "--message-id", "m1", "--format", "json"], on: route)
                #expect(sent.status == 1)
                let failed = try JSONParser().parse(sent.output).withRoot { root in
                    root["failed"]?.elements.map { one in
                        [one["file"]?.string, one["messageId"]?.string, one["problem"]?.string?.prefix(22).description]
                    }
                }
                #expect(failed == [["message.json", "m1", "the broker gave it bac"]], "\(sent.output)")
            }
        }

        @Test(.enabled(if: LiveServers.areOurs))
        func `under a memory alarm it says why it waits, and sends when that is over`() async throws {
            try await LiveRoute.with { route in
                try Data("{}".utf8).write(to: route.directory.appendingPathComponent("message.json"))
                var sending: Task<Program.Result, any Error>?
                try await route.servers.withMemoryAlarm {
                    // The broker may notice a moment later.
                    try await Task.sleep(for: .seconds(3))
                    sending = Task { try await Self.run(["send", "message.json"], on: route) }
                    try await Task.sleep(for: .seconds(8))
                }
                let sent = try await #require(sending).value
                #expect(sent.status == 0, "\(sent.errors)")
                #expect(
                    sent.errors.contains("waiting for the broker: ") && sent.errors.contains("memory"), "\(sent.errors)"
                )
                #expect(try await route.queueLength() == 1)
            }
        }

        @Test func `a jq file in the home directory changes no mapping`() async throws {
            try await LiveRoute.with { route in
                func write(_ text: String, to name: String) throws {
                    try Data(text.utf8).write(to: route.directory.appendingPathComponent(name))
                }
                try write("def first(f): \"stolen\";", to: ".jq")
                try write(
                    """
                    routes:
                      r:
                        from: { amqp: { queue: q } }
                        definition: catalogZone
                        message:
                          companyId: napse
                          items: $
                          operation: I
                          fields: { code: .c, name: { jq: 'first(.n[])' } }
                    """, to: "m.yaml")
                try write(#"{"c":"1","n":["right","wrong"]}"#, to: "message.json")
                let planned = try await Self.run(
                    ["plan", "--mappings", "m.yaml", "message.json"], on: route, ["HOME": route.directory.path])
                #expect(planned.status == 0, "\(planned.errors)")
                #expect(planned.output.contains(#""name":"right""#), "\(planned.output)")
            }
        }
    }
}
