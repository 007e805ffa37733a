import Documents
import Foundation
import Records
import Testing

extension RouteLiveTests {
    @Suite("what the console shows of records and mappings", .enabled(if: LiveServers.areThere))
    struct ConsoleLooks {
        @Test func `a record is looked up by its whole key`() async throws {
            try await LiveRoute.with { route in
                let gateway = try await route.startReady()
                try await PromoConsole.with(route) { console in
                    try await console.insert(into: "itemStock") { record in
                        record.append("_id", string: #"napse|a\|b|dot"#)
                        record.append("companyId", string: "napse")
                        record.append("item", string: "a|b")
                        record.append("store", string: "dot")
                    }
                }
                let console = try await ConsoleCaller.open(gateway.port)
                let path = "/api/catalogs/catalogItemStock/record?companyId=napse&item=a%7Cb&store="
                let found = try await console.call(path + "dot")
                #expect(found.string("/record/item") == "a|b", "\(found.text)")
                #expect(try await console.call(path + "none").text == #"{"id":"napse|a\\|b|none","record":null}"#)
                let half = try await console.call("/api/catalogs/catalogItemStock/record?companyId=napse&item=a")
                #expect(half.status == 400 && half.text.contains("store"))
                let typo = try await console.call("/api/catalogs/catalogItemStok/record?companyId=napse")
                #expect(typo.status == 404 && typo.text.contains("did you mean 'catalogItemStock'?"))
            }
        }

        @Test func `mappings are shown with their tests, and with why a reload was refused`() async throws {
            try await LiveRoute.with { route in
                let directory = route.directory.appendingPathComponent("mappings")
                try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
                func write(_ name: String) throws {
                    let mapping = """
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
                    let file = directory.appendingPathComponent("zones.yaml")
                    try Data(mapping.utf8).write(to: file, options: .atomic)
                }
                let test = """
                    tests:
                      - name: a zone keeps its name
                        message:
                          body: { zones: [{ id: n, name: North }] }
                          outcomes: [inserted]
                        records:
                          zone: [{ companyId: napse, code: n, name: North }]
                    """
                try write(".name")
                try Data(test.utf8).write(to: directory.appendingPathComponent("zones.test.yaml"))
                let gateway = try await route.startReady(["MAPPINGS_DIRECTORY": "mappings"])
                let console = try await ConsoleCaller.open(gateway.port)
                try await gateway.wait("the tests have run") {
                    let answer = try await console.call("/api/mappings")
                    return answer.string("/lastReading/tests/0/file") == "mappings/zones.test.yaml"
                        && answer.text.contains(#"{"name":"a zone keeps its name","line":2,"problem":null}"#)
                        && answer.text.contains(#""refusals":[]"#)
                }
                let before = try #require(try await console.call("/api/mappings").string("/inForceSince"))
                try write(".other")
                try await gateway.wait("the refusal is told") {
                    try await console.call("/api/mappings").string("/lastReading/refusals/0")?.contains(
                        "keeps its name")
                        == true
                }
                let after = try await console.call("/api/mappings")
                #expect(after.string("/inForceSince") == before)
                #expect(after.string("/lastReading/tests/0/tests/0/problem") != nil)
                try write(".name")
                try await gateway.wait("it is taken again") {
                    try await console.call("/api/mappings").string("/inForceSince") != before
                }
            }
        }
    }
}
