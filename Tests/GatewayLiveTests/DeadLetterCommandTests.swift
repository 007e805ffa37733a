import Contracts
import Ingest
import Foundation
import JSON
import Testing

extension RouteLiveTests {
    /// `gateway dead-letters edit`, `replay`, `discard` on a running gateway.
    @Suite("dead letters, edited and replayed", .enabled(if: LiveServers.areThere))
    struct DeadLetterCommands {
        private static func command(_ route: LiveRoute, _ arguments: String...) async throws -> Program.Result {
            try await Program.run(
                GatewayProcess.path, ["dead-letters"] + arguments,
                environment: GatewayProcess.environment(route.settings))
        }

        /// The id of the only open dead letter.
        private static func openLetter(_ route: LiveRoute) async throws -> String {
            let list = try await command(route, "list", "--state", "open", "--format", "json")
            let lines = list.output.split(separator: "\n")
            try #require(lines.count == 1, "\(list.output)")
            let id = try JSONParser().parse(String(lines[0])).withRoot { $0["_id"]?.string }
            return try #require(id)
        }

        private static func faulty(_ workload: inout RouteWorkload) -> SentMessage {
            workload.add(
                [WorkloadItem(faulty: #"{"operation":"I","code":"a"}"#, .schema)], "napse", .catalogBrand)
        }

        @Test func `a letter that is mended and replayed by five at once is applied once`() async throws {
            try await LiveRoute.with { route in
                var workload = RouteWorkload(seed: 31)
                try await route.publish([Self.faulty(&workload)])
                let gateway = try await route.startReady()
                try await gateway.wait("the dead letter is there") { try await route.store.deadLetters().count == 1 }
                let id = try await Self.openLetter(route)

                let file = route.directory.appendingPathComponent("mended.json")
                try Data(
                    #"{"companyId":"napse","catalog":"catalogBrand","items":[{"operation":"I","code":"a","name":"A"},{"operation":"D","code":"gone"}]}"#
                        .utf8
                ).write(to: file)
                #expect(try await Self.command(route, "edit", id, "--file", file.path).status == 0)
                let results = await withTaskGroup(of: Int32?.self) { group in
                    for _ in 0..<5 { group.addTask { try? await Self.command(route, "replay", id).status } }
                    return await group.reduce(into: []) { $0.append($1) }
                }
                #expect(results.count { $0 == 0 } == 1)
                try await gateway.wait("the record is there") {
                    try await route.store.records()["brand"]?["napse|a"] != nil
                }
                try await gateway.wait("nothing waits in gateway.postings") {
                    try await route.store.count("gateway.postings") == 0
                }
                // The message and its one replay.
                #expect(try await route.store.ledgerRows() == 2)
                #expect(try await route.store.deadLetters().map(\.state) == ["replayed"])
                #expect(try await gateway.terminate().code == 0)
            }
        }

        @Test func `the first of many that fails again leaves the others open`() async throws {
            try await LiveRoute.with { route in
                var workload = RouteWorkload(seed: 32)
                try await route.publish((0..<5).map { _ in Self.faulty(&workload) })
                let gateway = try await route.startReady()
                try await gateway.wait("the dead letters are there") {
                    try await route.store.deadLetters().count == 5
                }
                let replay = try await Self.command(route, "replay", "--code", "schema", "--canary")
                #expect(replay.status == 1)
                #expect(replay.errors.contains("failed again") && replay.errors.contains("the other 4 stay open"))
                let states = try await route.store.deadLetters().map(\.state)
                #expect(states.count { $0 == "replayed" } == 1 && states.count { $0 == "open" } == 5)

                let discard = try await Self.command(route, "discard", "--code", "schema", "--reason", "a test")
                #expect(discard.status == 0 && discard.output.contains("discarded 5 of 5"))
                #expect(try await gateway.terminate().code == 0)
            }
        }

        @Test func `a message that carries its id inside has its effect at each replay`() async throws {
            try await LiveRoute.with { route in
                let mappings = route.directory.appendingPathComponent("mappings")
                try FileManager.default.createDirectory(at: mappings, withIntermediateDirectories: true)
                try Data(
                    """
                    routes:
                      brands:
                        from: { amqp: { queue: { setting: rabbitMQ.endpointName } } }
                        definition: catalogBrand
                        message:
                          companyId: $.company
                          messageId: $.id
                          items: $.brands[*]
                          operation: U
                          fields: { code: .code, name: .name }
                    """.utf8
                ).write(to: mappings.appendingPathComponent("brands.yaml"))
                var workload = RouteWorkload(seed: 33)
                var posting = Self.faulty(&workload).posting(to: route.queue)
                posting.body = Array(#"{"company":"napse","id":"L-1","brands":[{"code":"a","name":"A"}]}"#.utf8)
                try await route.publish(postings: [posting])
                let gateway = try await route.startReady(["MAPPINGS_DIRECTORY": mappings.path])
                // Nothing to update, twice: the same message fails under one id after another.
                for number in 1...2 {
                    try await gateway.wait("letter \(number) is there") {
                        try await route.store.deadLetters().count == number
                    }
                    #expect(try await Self.command(route, "replay", try await Self.openLetter(route)).status == 0)
                }
                try await gateway.wait("the third letter is there") { try await route.store.deadLetters().count == 3 }
                let ids = try await route.store.deadLetters().compactMap { $0.messageId?.description }
                #expect(Set(ids).count == 3, "\(ids)")
                #expect(try await gateway.terminate().code == 0)
            }
        }

        /// Two senders use the same numbers, and the route distinguishes them by their messages' properties.
        @Test func `properties are sent again, so both senders' messages find their case and are applied`() async throws
        {
            try await LiveRoute.with { route in
                let mappings = route.directory.appendingPathComponent("mappings")
                try FileManager.default.createDirectory(at: mappings, withIntermediateDirectories: true)
                try Data(
                    """
                    routes:
                      brands:
                        from: { amqp: { queue: { setting: rabbitMQ.endpointName } } }
                        when: { delivery: type, equals: brands }
                        else: ignore
                        definition: catalogBrand
                        message:
                          companyId: { delivery: appId }
                          items: $.brands[*]
                          operation: .op
                          fields: { code: .code, name: .name }
                    """.utf8
                ).write(to: mappings.appendingPathComponent("brands.yaml"))
                let gateway = try await route.startReady(["MAPPINGS_DIRECTORY": mappings.path])
                func publish(_ operation: String, as messageId: ByteString, by sender: ByteString) async throws {
                    var posting = SentMessage(messageId: messageId, body: [], fate: .items([]))
                        .posting(to: route.queue)
                    posting.body = Array(#"{"brands":[{"op":"\#(operation)","code":"a","name":"\#(operation)"}]}"#.utf8)
                    posting.properties.type = "brands"
                    posting.properties.appId = sender
                    posting.properties.correlationId = ByteString([0xFF, 1])
                    posting.properties.timestamp = 1_700_000_000
                    try await route.publish(postings: [posting])
                }
                for sender in ["erp", "shop"] as [ByteString] { try await publish("U", as: "1", by: sender) }
                try await gateway.wait("both dead letters are there") {
                    try await route.store.deadLetters().count == 2
                }
                for sender in ["erp", "shop"] as [ByteString] { try await publish("I", as: "2", by: sender) }
                try await gateway.wait("what they update is there") {
                    try await route.store.records()["brand"]?.count == 2
                }
                let replay = try await Self.command(route, "replay", "--code", "notFound")
                #expect(replay.status == 0, "\(replay.errors)")
                try await gateway.wait("both are applied") {
                    try await route.store.ledger().values.count { $0.outcomes[.updated] == 1 } == 2
                }
                let states = try await route.store.deadLetters().map(\.state)
                #expect(states == ["replayed", "replayed"])
                #expect(try await gateway.terminate().code == 0)
            }
        }
    }
}
