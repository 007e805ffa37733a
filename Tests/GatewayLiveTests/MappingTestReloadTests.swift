import Ingest
import Contracts
import Foundation
import IngestTesting
import JSON
import Testing

extension RouteLiveTests {
    @Suite("tests of mappings at start and reload", .enabled(if: LiveServers.areThere))
    struct MappingTestReload {
        private static func mapping(_ route: LiveRoute, name: String) -> String {
            """
            routes:
              zones:
                from: { amqp: { queue: \(route.queue) } }
                definition: catalogZone
                message:
                  companyId: napse
                  items: $.zones[*]
                  operation: IU
                  fields: { code: .id, name: \(name) }
            """
        }

        private static let test = """
            tests:
              - name: a zone keeps its name
                message:
                  body: { zones: [{ id: n, name: North }] }
                  outcomes: [inserted]
                records:
                  zone: [{ companyId: napse, code: n, name: North }]
            """

        @Test func `a failing test is told at the start, and refuses a reload while the old mapping goes on`()
            async throws
        {
            try await LiveRoute.with { route in
                let directory = route.directory.appendingPathComponent("mappings")
                try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
                func write(_ text: String, to name: String) throws {
                    try Data(text.utf8).write(to: directory.appendingPathComponent(name), options: .atomic)
                }
                func send(_ code: String, from gateway: GatewayProcess, as name: String) async throws {
                    let body = #"{"zones":[{"id":"\#(code)","name":"One","other":"Two"}]}"#
                    try await route.publish(
                        postings: [
                            Posting(routingKey: route.queue, body: Array(body.utf8), properties: MessageProperties())
                        ])
                    let id = ByteString("napse|\(code)")
                    try await gateway.wait("the zone \(code) is there") {
                        try await route.store.records()["zone"]?[id] != nil
                    }
                    #expect(try await route.store.records()["zone"]?[id]?["name"] == .string(ByteString(name)))
                }

                try write(Self.mapping(route, name: "{ value: Fixed }"), to: "zones.yaml")
                try write(Self.test, to: "zones.test.yaml")
                let gateway = try await route.startReady(["MAPPINGS_DIRECTORY": "mappings"])
                let words =
                    "mappings/zones.test.yaml:2:5: the test 'a zone keeps its name' fails: records.zone[0].name: expected"
                    + " \"North\", found \"Fixed\""
                try await gateway.wait("it warns") {
                    await gateway.readiness()?.warnings == ["the mappings in force fail their tests: \(words)"]
                }
                #expect(gateway.output.contains(words))
                try await send("a", from: gateway, as: "Fixed")

                try write(Self.mapping(route, name: ".name"), to: "zones.yaml")
                try await gateway.wait("it follows the fixed mapping") {
                    try await gateway.reloads().done == 1
                }
                #expect(await gateway.readiness()?.warnings == [])
                try await send("b", from: gateway, as: "One")

                try write(Self.mapping(route, name: ".other"), to: "zones.yaml")
                try await gateway.wait("it refuses the broken one") { try await gateway.reloads().refused == 1 }
                let warnings = await gateway.readiness()?.warnings ?? []
                #expect(warnings.count == 1)
                #expect(
                    warnings.first?.hasPrefix(
                        "not reloaded, what was read before stays in force: mappings/zones.test.yaml:2:5: the test")
                        == true,
                    "\(warnings)")
                try await send("c", from: gateway, as: "One")

                try write(Self.test.replacing("id: n, name: North", with: "id: n, other: North"), to: "zones.test.yaml")
                try await gateway.wait("it follows once the test agrees") { try await gateway.reloads().done == 2 }
                try await send("d", from: gateway, as: "Two")
                #expect(try await gateway.terminate().code == 0)
            }
        }
    }
}
