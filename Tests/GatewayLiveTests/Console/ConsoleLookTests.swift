import Ingest
import Contracts
import BSON
import Foundation
import JSON
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

        @Test func `a list of dead letters holds the first reasons of each, and how many there are`() async throws {
            try await LiveRoute.with { route in
                let gateway = try await route.startReady()
                let items = (0..<500).map { #"{"operation":"I","code":"\#($0)"}"# }.joined(separator: ",")
                var posting = SentMessage(messageId: "m", body: [], fate: .items([])).posting(to: route.queue)
                posting.body = Array(#"{"companyId":"napse","catalog":"catalogBrand","items":[\#(items)]}"#.utf8)
                try await route.publish(postings: [posting])
                try await gateway.wait("the dead letter is there") { try await route.store.deadLetters().count == 1 }
                let console = try await ConsoleCaller.open(gateway.port)
                let list = try JSONParser().parse(try await console.call("/api/dead-letters").text)
                let id = list.withRoot { list -> String? in
                    let letters = (list["deadLetters"]?.elements).map { Array($0) } ?? []
                    #expect(letters.first?["reasons"]?.count == 3)
                    #expect(letters.first?["reasonCount"]?.int64 == 500)
                    return letters.first?["_id"]?.string
                }
                let whole = try JSONParser().parse(try await console.call("/api/dead-letters/\(id ?? "")").text)
                #expect(whole.withRoot { $0["letter"]?["reasons"]?.count } == 500)
            }
        }

        @Test func `a message that was settled is explained as one that is known`() async throws {
            try await LiveRoute.with { route in
                let gateway = try await route.startReady()
                let console = try await ConsoleCaller.open(gateway.port)
                _ = try await console.call("/api/messages")
                for (messageId, sender) in [("m", nil), ("m", "erp"), (nil, nil)] as [(ByteString?, ByteString?)] {
                    var posting = SentMessage(messageId: messageId, body: [], fate: .items([])).posting(to: route.queue)
                    posting.body = Array(
                        #"{"companyId":"napse","catalog":"catalogBrand","items":[{"operation":"D","code":"\#(sender ?? "")"}]}"#
                            .utf8)
                    posting.properties.appId = sender
                    try await route.publish(postings: [posting])
                }
                var numbers: [Int64] = []
                try await gateway.wait("the tail has the messages") {
                    let tail = try JSONParser().parse(try await console.call("/api/messages").text)
                    numbers = tail.withRoot { tail in
                        (tail["messages"]?.elements).map { $0.compactMap { $0["number"]?.int64 } } ?? []
                    }
                    return numbers.count == 3
                }
                for number in numbers {
                    let text = try await console.call("/api/messages/\(number)/explain").text
                    #expect(text.contains("known, nothing is done again"), "\(text)")
                    #expect(text.contains("\(route.queue)|"), "\(text)")
                }
            }
        }

        @Test func `a wrong method is told which ones there are`() async throws {
            try await LiveRoute.with { route in
                let console = try await ConsoleCaller.open(try await route.startReady().port)
                let answer = try await console.call("/api/status", "{}")
                #expect(answer.status == 405 && answer.headers["allow"] == "GET, HEAD", "\(answer)")
                #expect(try await console.call("/api/statu", "{}").status == 404)
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
                try await gateway.wait("the refusal is reported") {
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
