import Ingest
import BSON
import Contracts
import Foundation
import IngestTesting
import JSON
import Testing

extension RouteLiveTests {
    /// Values that cannot be read, and files that are not finished.
    @Suite("What cannot be read allows nothing", .enabled(if: LiveServers.areThere))
    struct UnreadableSettings {
        @Test func `companies that cannot be read: nothing is taken at a start, and while it runs all stays as it was`()
            async throws
        {
            try await LiveRoute.with { route in
                var workload = RouteWorkload(seed: 201)
                try await route.publish(workload.next(20))
                try await PromoConsole.with(route) { console in
                    try await console.set("companies.allowed") { document in
                        document.append("value", array: { $0.append("0", int64: 1) })
                    }
                    let gateway = try route.start()
                    try await gateway.wait("it tells why nothing is consumed") {
                        await gateway.readiness()?.parts["rabbitMQ"]?.detail.contains("companies.allowed") == true
                    }
                    #expect(await gateway.readiness()?.isReady == false)
                    #expect(try await route.consumerCount() == 0)
                    #expect(try await route.queueLength() == 20)

                    try await console.set("companies.allowed", "nobody")
                    try await gateway.wait("it consumes") { try await route.consumerCount() == 1 }
                    try await route.waitUntilSettled(workload, by: gateway)
                    #expect(try await route.store.records().values.allSatisfy(\.isEmpty))

                    // Broken while it runs: those that were allowed are.
                    try await console.set("companies.allowed") { document in
                        document.append("value", document: { $0.append("a", int64: 1) })
                    }
                    try await gateway.wait("it warns") {
                        await gateway.readiness()?.warnings.contains { $0.contains("companies.allowed") } == true
                    }
                    #expect(await gateway.readiness()?.isReady == true)
                    try await route.publish(workload.next(20))
                    try await route.waitUntilSettled(workload, by: gateway)
                    #expect(try await route.store.records().values.allSatisfy(\.isEmpty))
                    #expect(try await gateway.terminate().code == 0)
                }
            }
        }

        @Test func `a switch that cannot be read is not on`() async throws {
            try await LiveRoute.with { route in
                try await PromoConsole.with(route) { console in
                    try await console.set("rabbitMQ.enabled", "flase")
                    try await console.set("rabbitMQ.producer.enabled", "flase")
                    let gateway = try route.start()
                    try await gateway.wait("it tells both") {
                        guard let parts = await gateway.readiness()?.parts else { return false }
                        return parts["rabbitMQ"]?.detail.contains("rabbitMQ.enabled") == true
                            && parts["rabbitMQ producer"]?.detail.contains("rabbitMQ.producer.enabled") == true
                    }
                    #expect(try await route.consumerCount() == 0)
                    try await console.set("rabbitMQ.enabled", true)
                    try await console.unset("rabbitMQ.producer.enabled")
                    try await gateway.waitUntilReady()
                    try await gateway.wait("it consumes") { try await route.consumerCount() == 1 }
                    #expect(try await gateway.terminate().code == 0)
                }
            }
        }

        @Test
        func `files in the middle of being written are not put into force by a change of the collection or SIGHUP`()
            async throws
        {
            try await LiveRoute.with { route in
                let mapping = """
                    routes:
                      zones:
                        from: { amqp: { queue: \(route.queue) } }
                        definition: catalogZone
                        message:
                          companyId: .company
                          items: $.zones[*]
                          operation: IU
                          fields:
                            code: .id
                            name: .name

                    """
                let directory = route.directory.appendingPathComponent("mappings")
                try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
                let mappingFile = directory.appendingPathComponent("zones.yaml")
                let settingsFile = route.directory.appendingPathComponent("gateway.yaml")
                let settings = "companies: { allowed: [napse] }\n"
                try Data((mapping + "        extra: .extra\n").utf8).write(to: mappingFile)
                try Data(settings.utf8).write(to: settingsFile)
                let gateway = try await route.startReady(["MAPPINGS_DIRECTORY": "mappings"])
                func send(_ code: String, company: String) async throws {
                    let body = #"{"company":"\#(company)","zones":[{"id":"\#(code)","name":"N","extra":"E"}]}"#
                    try await route.publish(
                        postings: [
                            Posting(routingKey: route.queue, body: Array(body.utf8), properties: MessageProperties())
                        ])
                }
                try await PromoConsole.with(route) { console in
                    for round in 0..<3 {
                        // In place, and its last line comes later; the settings are empty meanwhile.
                        try Data(mapping.utf8).write(to: mappingFile)
                        try Data().write(to: settingsFile)
                        try await console.set("rabbitMQ.prefetch", 50 + round)
                        if round == 1 { try gateway.hangUp() }
                        try await gateway.wait("the collection is followed") {
                            gateway.output.contains("-> \(50 + round) (configuration 'rabbitMQ.prefetch')")
                        }
                        try await send("foreign\(round)", company: "acme")
                        try await send("own\(round)", company: "napse")
                        try await gateway.wait("both are settled") {
                            let records = try await route.store.records()["zone"]?.count
                            let letters = try await route.store.deadLetters().count
                            return records == round + 1 && letters == round + 1
                        }
                        try Data((mapping + "        extra: .extra\n").utf8).write(to: mappingFile)
                        try Data(settings.utf8).write(to: settingsFile)
                        // Left empty for longer than any writer takes: the previous value stays, and that is reported.
                        if round == 2 { try Data().write(to: settingsFile) }
                    }
                    let records = try await route.store.records()["zone"] ?? [:]
                    #expect(records.values.allSatisfy { $0["extra"] == .string("E") }, "\(records)")
                    try await gateway.wait("it tells of the empty file", within: .seconds(30)) {
                        await gateway.readiness()?.warnings.contains { $0.contains("gateway.yaml") } == true
                    }
                    try await send("later", company: "acme")
                    try await gateway.wait("it is refused") { try await route.store.deadLetters().count == 4 }
                }
                #expect(try await gateway.terminate().code == 0)
            }
        }

        @Test func `a password with an @ in it is refused, and no piece of it is said`() async throws {
            let environment = ["RABBITMQ_ENDPOINT_NAME": "q", "MONGODB_URI": "mongodb://u:Winter@Sun99@localhost/"]
            for verb in [["run"], ["check"], ["config", "list"], ["dead-letters", "list"]] {
                let result = try await Program.run(
                    GatewayProcess.path, verb, environment: GatewayProcess.environment(environment),
                    in: URL(fileURLWithPath: "/tmp"))
                let said = (result.output + result.errors).lowercased()
                #expect(result.status == (verb == ["check"] ? 1 : 78), "\(verb): \(result.status)")
                #expect(said.contains("mongodb.uri") && said.contains("%40"))
                #expect(!said.contains("sun99") && !said.contains("winter"), "\(verb): \(said)")
            }
        }
    }
}
