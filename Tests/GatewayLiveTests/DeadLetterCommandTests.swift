import BSON
import Contracts
import Ingest
import Foundation
import IngestTesting
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

        @Test func `a letter that is discarded is restored once by five at once, and show tells who did what`()
            async throws
        {
            try await LiveRoute.with { route in
                var workload = RouteWorkload(seed: 34)
                try await route.publish([Self.faulty(&workload)])
                let gateway = try await route.startReady()
                try await gateway.wait("the dead letter is there") { try await route.store.deadLetters().count == 1 }
                let id = try await Self.openLetter(route)
                let early = try await Self.command(route, "restore", id)
                #expect(early.status == 1 && early.errors.contains("is open already"))
                let dry = try await Self.command(route, "discard", id, "--dry-run")
                #expect(dry.status == 0 && dry.output == "1 dead letter would be discarded\n")
                #expect(try await route.store.deadLetters().map(\.state) == ["open"])
                let discard = try await Self.command(route, "discard", id, "--reason", "a test", "--format", "json")
                #expect(discard.output == #"{"dryRun":false,"total":1,"done":1,"failed":0}"# + "\n")

                let results = await withTaskGroup(of: Int32?.self) { group in
                    for _ in 0..<5 {
                        group.addTask { try? await Self.command(route, "restore", id, "--reason", "too early").status }
                    }
                    return await group.reduce(into: []) { $0.append($1) }
                }
                #expect(results.count { $0 == 0 } == 1 && results.count { $0 == 1 } == 4, "\(results)")
                #expect(try await route.store.deadLetters().map(\.state) == ["open"])

                let page = try await Self.command(route, "show", id).output
                let history = page.split(separator: "\n").filter { $0.hasPrefix("  - 20") }
                #expect(history.count == 2, "\(page)")
                #expect(
                    history.first?.contains(" discarded by ") == true && history.first?.hasSuffix(": a test") == true)
                #expect(
                    history.last?.contains(" restored by ") == true && history.last?.hasSuffix(": too early") == true)
                let json = try await Self.command(route, "show", id, "--format", "json").output
                let actions = try JSONParser().parse(json).withRoot { root in
                    (root["history"]?.elements).map { $0.map { $0["action"]?.string ?? "" } }
                }
                #expect(actions == ["discard", "restore"])

                // By a filter, and what is not there.
                #expect(try await Self.command(route, "discard", "--code", "schema").output == "discarded 1 of 1\n")
                #expect(try await Self.command(route, "restore", "--code", "notJson").output == "restored 0 of 0\n")
                #expect(try await Self.command(route, "restore", "--all").output == "restored 1 of 1\n")
                #expect(try await gateway.terminate().code == 0)
            }
        }

        @Test func `groups count letters by code, field and keyword, and a catalog that is not there is named`()
            async throws
        {
            try await LiveRoute.with { route in
                var workload = RouteWorkload(seed: 35)
                var messages = (0..<3).map { _ in Self.faulty(&workload) }
                messages.append(
                    workload.add(
                        [
                            WorkloadItem(faulty: #"{"operation":"I","code":"a"}"#, .schema),
                            WorkloadItem(faulty: #"{"operation":"I","code":7,"name":"A"}"#, .schema),
                            WorkloadItem(faulty: #"{"operation":"X","code":"a","name":"A"}"#, .invalidOperation),
                        ], "napse", .catalogBrand))
                try await route.publish(messages)
                let gateway = try await route.startReady()
                try await gateway.wait("the dead letters are there") { try await route.store.deadLetters().count == 4 }
                let groups = try await Self.command(route, "groups", "--format", "json").output
                let found = try JSONParser().parse(groups).withRoot { root in
                    root.elements.map { group in
                        "\(group["count"]?.int64 ?? 0) \(group["code"]?.string ?? "") \(group["field"]?.string ?? "")"
                            + " \(group["keyword"]?.string ?? "-") \(group["catalog"]?.string ?? "-")"
                    }
                }
                #expect(
                    found.sorted() == [
                        "1 invalidOperation /items/*/operation - catalogBrand",
                        "1 schema /items/*/code type catalogBrand",
                        "4 schema /items/* required catalogBrand",
                    ], "\(groups)")
                let text = try await Self.command(route, "groups")
                #expect(text.errors == "4 dead letters\n" && text.output.contains("required"))
                #expect(text.output.split(separator: "\n").allSatisfy { $0.count <= 100 })

                for verb in [["list"], ["groups"], ["export"], ["replay"], ["discard", "--dry-run"]] {
                    let wrong = try await Program.run(
                        GatewayProcess.path, ["dead-letters"] + verb + ["--catalog", "catalogItm"],
                        environment: GatewayProcess.environment(route.settings))
                    #expect(
                        wrong.errors.contains("there is no catalog 'catalogItm'; did you mean 'catalogItem'?"),
                        "\(verb)")
                    let right = try await Program.run(
                        GatewayProcess.path, ["dead-letters"] + verb + ["--catalog", "catalogItem"],
                        environment: GatewayProcess.environment(route.settings))
                    #expect(!right.errors.contains("there is no catalog"), "\(verb)")
                }
                try await PromoConsole.with(route) { console in
                    try await console.insert(into: "dynamicField") { $0.append("code", int64: 2024) }
                }
                let dynamic = try await Self.command(route, "list", "--catalog", "catalog2024")
                #expect(!dynamic.errors.contains("there is no catalog"), "\(dynamic.errors)")
                let table = try await Self.command(route, "list").output
                #expect(table.split(separator: "\n").allSatisfy { $0.count <= 100 }, "\(table)")
                #expect(try await gateway.terminate().code == 0)
            }
        }

        @Test func `what the route will refuse of an edited message is said before it is saved`() async throws {
            try await LiveRoute.with { route in
                var workload = RouteWorkload(seed: 36)
                try await route.publish([Self.faulty(&workload)])
                let gateway = try await route.startReady()
                try await gateway.wait("the dead letter is there") { try await route.store.deadLetters().count == 1 }
                let id = try await Self.openLetter(route)
                let file = route.directory.appendingPathComponent("edited.json")
                try Data(
                    #"{"companyId":"napse","catalog":"catalogBrand","items":[{"operation":"I","code":"b"}]}"#.utf8
                ).write(to: file)
                let dry = try await Self.command(route, "edit", id, "--file", file.path, "--dry-run")
                #expect(dry.errors.contains("will be refused: schema: /items/0: "), "\(dry.errors)")
                #expect(dry.status == 0 && dry.output == "not saved (--dry-run)\n")
                let edited = try await Self.command(route, "edit", id, "--file", file.path)
                #expect(edited.errors.contains("will be refused: schema: /items/0: "), "\(edited.errors)")
                #expect(edited.status == 0)
                let page = try await Self.command(route, "show", id).output
                #expect(page.contains(" edited by "))
                try Data(
                    #"{"companyId":"napse","catalog":"catalogBrand","items":[{"operation":"I","code":"b","name":"B"}]}"#
                        .utf8
                ).write(to: file)
                let right = try await Self.command(route, "edit", id, "--file", file.path)
                #expect(right.status == 0 && !right.errors.contains("refused"), "\(right.errors)")
                // A catalog that the store alone names.
                try Data(
                    #"{"companyId":"napse","catalog":"catalogSeason","items":[{"operation":"I","code":"b","name":"B"}]}"#
                        .utf8
                ).write(to: file)
                let unknown = try await Self.command(route, "edit", id, "--file", file.path, "--dry-run")
                #expect(unknown.errors.contains("will be refused: unknownCatalog"), "\(unknown.errors)")
                try await PromoConsole.with(route) { try await $0.makeDynamicField("Season") }
                let dynamic = try await Self.command(route, "edit", id, "--file", file.path, "--dry-run")
                #expect(dynamic.status == 0 && !dynamic.errors.contains("refused"), "\(dynamic.errors)")
                #expect(try await Self.command(route, "discard", id).status == 0)
                let closed = try await Self.command(route, "edit", id, "--file", "no-such-file.json")
                #expect(closed.status == 1 && closed.errors.contains("discarded"), "\(closed.errors)")
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
                let json = try await Self.command(
                    route, "replay", "--code", "schema", "--canary", "--format", "json")
                #expect(json.status == 1)
                #expect(json.output == #"{"dryRun":false,"total":5,"done":0,"failed":1,"left":4}"# + "\n")

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
