import Contracts
import Ingest
import BSON
import Foundation
import IngestTesting
import JSON
import MongoStore
import Testing

extension RouteLiveTests {
    @Suite("many dead letters replayed from the console", .enabled(if: LiveServers.areThere))
    struct ConsoleReplays {
        private static func faulty(_ workload: inout RouteWorkload) -> SentMessage {
            workload.add([WorkloadItem(faulty: #"{"operation":"I","code":"a"}"#, .schema)], "napse", .catalogBrand)
        }

        /// A letter as it lies in the store; `body` appends more of it.
        private static func put(
            _ id: String, at receivedAt: Int64, queue: String, _ route: LiveRoute,
            _ body: @escaping @Sendable (inout BSONWriter) -> Void
        ) async throws {
            try await PromoConsole.with(route) { console in
                try await console.insert(into: "gateway.deadLetters") { letter in
                    letter.append("_id", string: id)
                    letter.append("state", string: "open")
                    letter.append("kind", string: "message")
                    letter.append("route", string: "catalogs")
                    letter.append("queue", string: queue)
                    letter.append("messageId", string: id)
                    letter.append("receivedAt", date: receivedAt)
                    body(&letter)
                }
            }
        }

        private static func reason(_ code: String, _ text: String, in letter: inout BSONWriter) {
            letter.append(
                "reasons",
                array: { reasons in
                    reasons.append(
                        BSONWriter.bytes(of: "0"),
                        document: { reason in
                            reason.append("code", string: code)
                            reason.append("text", string: text)
                        })
                })
        }

        @Test func `what comes back as a dead letter while all are replayed is not replayed again`() async throws {
            try await LiveRoute.with { route in
                var workload = RouteWorkload(seed: 51)
                try await route.publish((0..<4).map { _ in Self.faulty(&workload) })
                let gateway = try await route.startReady()
                try await gateway.wait("the dead letters are there") {
                    try await route.store.deadLetters().count == 4
                }
                let console = try await ConsoleCaller.open(gateway.port)
                var cursor: String?
                var asked = 0
                repeat {
                    let address =
                        "/api/dead-letters/replay?code=schema&limit=1" + (cursor.map { "&cursor=\($0)" } ?? "")
                    let answer = try await console.call(address, "")
                    try #require(answer.status == 200 && answer.text.contains(#""done":1"#), "\(answer.text)")
                    asked += 1
                    cursor = answer.string("/cursor")
                    let replayed = asked
                    // Each fails again before the next one is sent.
                    try await gateway.wait("it is a dead letter again") {
                        try await route.store.deadLetters().count == 4 + replayed
                    }
                } while cursor != nil && asked < 10
                #expect(asked == 4)
                let states = try await route.store.deadLetters().map(\.state)
                #expect(states.count { $0 == "replayed" } == 4 && states.count { $0 == "open" } == 4)
            }
        }

        @Test func `letters that cannot be sent again are left behind, and those after them are sent`() async throws {
            try await LiveRoute.with { route in
                let gateway = try await route.startReady()
                let message =
                    #"{"companyId":"napse","catalog":"catalogBrand","items":[{"operation":"IU","code":"z","name":"Z"}]}"#
                // All of one millisecond.
                for number in 0..<3 {
                    try await Self.put("file\(number)", at: 1_000, queue: "file:lines", route) { letter in
                        Self.reason("schema", "of a file", in: &letter)
                        letter.append("message", string: message)
                    }
                }
                try await Self.put("sound", at: 1_000, queue: route.queue, route) { letter in
                    Self.reason("schema", "of a queue", in: &letter)
                    letter.append("message", string: message)
                }
                let console = try await ConsoleCaller.open(gateway.port)
                var cursor: String?
                var (done, failed) = (0, 0)
                for _ in 0..<4 {
                    let answer = try await console.call(
                        "/api/dead-letters/replay?all=true&limit=2" + (cursor.map { "&cursor=\($0)" } ?? ""), "")
                    try #require(answer.status == 200, "\(answer.text)")
                    try JSONParser().parse(answer.text).withRoot { root in
                        done += Int(try #require(root["done"]?.int64))
                        failed += Int(try #require(root["failed"]?.int64))
                    }
                    cursor = answer.string("/cursor")
                    if cursor == nil { break }
                }
                #expect(done == 1 && failed == 3 && cursor == nil)
                try await gateway.wait("the record is there") {
                    try await route.store.records()["brand"]?["napse|z"] != nil
                }
                try await gateway.wait("the console says so") {
                    try await console.call("/api/dead-letters/sound/replay").string("/state") == "applied"
                }
                let other = try await console.call("/api/dead-letters/file0/replay")
                #expect(other.string("/state") == "notSent")
            }
        }

        @Test func `the group without a catalog is that group alone`() async throws {
            try await LiveRoute.with { route in
                let gateway = try await route.startReady()
                for (id, catalog) in [("bare", nil), ("named", "catalogBrand")] as [(String, String?)] {
                    try await Self.put(id, at: 1_000, queue: route.queue, route) { letter in
                        Self.reason("companyNotAllowed", "not this one", in: &letter)
                        letter.append("catalog", string: catalog)
                    }
                }
                let console = try await ConsoleCaller.open(gateway.port)
                let list = try await console.call("/api/dead-letters?catalog=-")
                #expect(list.string("/deadLetters/0/_id") == "bare" && list.string("/deadLetters/1/_id") == nil)
                let done = try await console.call("/api/dead-letters/discard?code=companyNotAllowed&catalog=-", "{}")
                #expect(done.text.contains(#""done":1"#))
                let left = try await console.call("/api/dead-letters?state=open")
                #expect(left.string("/deadLetters/0/_id") == "named" && left.string("/deadLetters/1/_id") == nil)
            }
        }

        @Test func `words are found in reasons, ids and keys, as they stand`() async throws {
            try await LiveRoute.with { route in
                let gateway = try await route.startReady()
                try await Self.put("one", at: 1_000, queue: route.queue, route) { letter in
                    Self.reason("schema", "the price (13.999,90) is not a number", in: &letter)
                }
                try await Self.put("two", at: 2_000, queue: route.queue, route) { letter in
                    Self.reason("schema", "the name is missing", in: &letter)
                    letter.append(
                        "message",
                        document: { message in
                            message.append(
                                "items",
                                array: { items in
                                    items.append(
                                        BSONWriter.bytes(of: "0"), document: { $0.append("code", string: "TV-4711") })
                                })
                        })
                }
                let console = try await ConsoleCaller.open(gateway.port)
                func found(_ words: String) async throws -> [String] {
                    let words = try #require(words.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
                    let answer = try await console.call("/api/dead-letters?text=\(words)")
                    try #require(answer.status == 200, "\(answer.text)")
                    return (0..<2).compactMap { answer.string(JSONPointer(["deadLetters", "\($0)", "_id"])) }
                }
                #expect(try await found("PRICE (13.") == ["one"])
                #expect(try await found("tv-47") == ["two"])
                #expect(try await found("the") == ["two", "one"])
                #expect(try await found(".*") == [])
                #expect(try await found("one") == ["one"])
            }
        }

        @Test func `a letter that has lost a part of its bytes is not sent, and says so`() async throws {
            try await LiveRoute.with { route in
                let gateway = try await route.startReady()
                try await Self.put("large", at: 1_000, queue: route.queue, route) { letter in
                    Self.reason("notJson", "cut", in: &letter)
                    letter.append("parts", int64: 2)
                }
                try await PromoConsole.with(route) { console in
                    try await console.insert(into: "gateway.deadLetterParts") { part in
                        part.append("_id", string: "large#0")
                        part.append("bytes", binary: UnsafeRawBufferPointer(start: nil, count: 0))
                    }
                }
                let console = try await ConsoleCaller.open(gateway.port)
                let refused = try await console.call("/api/dead-letters/large/replay", "")
                #expect(refused.status == 409 && refused.text.contains("not all there"), "\(refused.text)")
                #expect(try await console.call("/api/dead-letters/large").text.contains(#""isComplete":false"#))
                #expect(try await route.store.count("gateway.postings") == 0)
                let byCommand = try await Program.run(
                    GatewayProcess.path, ["dead-letters", "replay", "large"],
                    environment: GatewayProcess.environment(route.settings))
                #expect(byCommand.status == 1 && byCommand.errors.contains("not all there"))
            }
        }

        @Test func `a message is checked as its route would, before it is saved`() async throws {
            try await LiveRoute.with { route in
                var workload = RouteWorkload(seed: 52)
                try await route.publish([Self.faulty(&workload)])
                let gateway = try await route.startReady()
                try await gateway.wait("the dead letter is there") { try await route.store.deadLetters().count == 1 }
                let console = try await ConsoleCaller.open(gateway.port)
                let list = try await console.call("/api/dead-letters")
                let id = try #require(list.string("/deadLetters/0/_id"), "\(list.text)")
                func check(_ message: String) async throws -> ConsoleCaller.Answer {
                    try await console.call("/api/dead-letters/\(id)/check", message)
                }
                let head = #"{"companyId":"napse","catalog":"catalogBrand","items":["#
                let sound = try await check(head + #"{"operation":"I","code":"a","name":"A"}]}"#)
                #expect(sound.text == #"{"findings":[],"count":0}"#)
                let wrong = head + #"{"operation":"I","code":"😀","name":7}]}"#
                let answer = try await check(wrong)
                #expect(
                    answer.string("/findings/0/code") == "schema"
                        && answer.string("/findings/0/pointer") == "/items/0/name")
                let place = try JSONParser().parse(answer.text).withRoot { root -> String? in
                    let finding = JSONPointer(["findings", "0"]).resolve(in: root)
                    guard let start = finding?["start"]?.int64, let length = finding?["length"]?.int64 else {
                        return nil
                    }
                    return String(decoding: Array(wrong.utf16)[Int(start)..<Int(start + length)], as: UTF16.self)
                }
                #expect(place == "7")
                let broken = try await check("{\n  \"companyId\": ]")
                #expect(
                    broken.string("/findings/0/code") == "notJson" && broken.text.contains(#""line":2,"column":16"#),
                    "\(broken.text)")
                let typo = try await check(head.replacingOccurrences(of: "Brand", with: "Brnd") + "]}")
                #expect(typo.string("/findings/0/code") == "unknownCatalog")
                // Nothing of it is stored.
                #expect(try await route.store.count("gateway.audit") == 0)
            }
        }
    }
}
