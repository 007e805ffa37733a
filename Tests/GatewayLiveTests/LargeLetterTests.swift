import Ingest
import Contracts
import Foundation
import IngestTesting
import JSON
import Testing

extension RouteLiveTests {
    /// Messages whose dead letters would be larger than the store takes, were they not bounded.
    @Suite("dead letters of large messages", .enabled(if: LiveServers.areThere))
    struct LargeLetters {
        struct Large: Sendable, CustomTestStringConvertible {
            var testDescription: String
            var code: String
            var body: @Sendable () -> String
        }

        private static func text(_ unit: String, _ count: Int) -> String { String(repeating: unit, count: count) }

        private static func message(_ item: String, catalog: String = "catalogItem") -> String {
            #"{"companyId":"napse","catalog":"\#(catalog)","items":[\#(item)]}"#
        }

        static let all: [Large] = [
            Large(testDescription: "a catalog of 9 MB", code: "tooLarge") {
                message("", catalog: text("A", 9_000_000))
            },
            Large(testDescription: "a list of 1,100,000 numbers", code: "tooLarge") {
                message(#"{"operation":"I","code":"a","name":"n","more":[\#(text("1,", 1_100_000))1]}"#)
            },
            Large(testDescription: "20 names inside a name of half a megabyte", code: "reservedField") {
                let names = (0..<20).map { #""$\#($0)":1"# }.joined(separator: ",")
                return message(
                    #"{"operation":"I","code":"a","name":"n","attributes":{"\#(text("N", 500_000))":{\#(names)}}}"#)
            },
            Large(testDescription: "a key of 8.4 MB of |", code: "schema") {
                message(#"{"operation":"I","code":"\#(text("|", 8_400_000))","name":"n"}"#)
            },
            Large(testDescription: "no JSON, 14 MB", code: "notJson") { text("x", 14_000_000) },
            // More than a transaction holds in the cache of the tests' server.
            Large(testDescription: "no JSON, 100 MB", code: "notJson") { text("x", 100_000_000) },
        ]

        @Test("settled, shown and sent again; the next message goes through", arguments: all)
        func settled(large: Large) async throws {
            try await LiveRoute.with { route in
                func post(_ body: String, id: String) -> Posting {
                    var properties = MessageProperties()
                    properties.messageId = ByteString(id)
                    properties.isPersistent = true
                    properties.replyTo = ByteString(route.queue + "-nobody")
                    return Posting(
                        exchange: "", routingKey: route.queue, body: Array(body.utf8), properties: properties)
                }
                let next = Self.message(#"{"operation":"I","code":"next","name":"n"}"#)
                try await route.publish(postings: [post(large.body(), id: "large"), post(next, id: "next")])
                let gateway = try await route.startReady()
                try await gateway.wait("both are settled") { try await route.store.settledMessages() == 2 }
                #expect(try await route.store.records()["item"]?.keys.sorted() == ["napse|next"])
                let environment = GatewayProcess.environment(route.settings)
                func command(_ arguments: String...) async throws -> Program.Result {
                    try await Program.run(
                        GatewayProcess.path, ["dead-letters"] + arguments, environment: environment)
                }
                let list = try await command("list", "--code", large.code, "--format", "json")
                let lines = list.output.split(separator: "\n")
                try #require(lines.count == 1, "\(list.output.prefix(500))")
                let id = try #require(try JSONParser().parse(String(lines[0])).withRoot { $0["_id"]?.string })
                let show = try await command("show", id)
                #expect(show.status == 0 && show.output.contains(large.code))
                let replay = try await command("replay", id)
                if large.body().utf8.count > 15 << 20 {
                    #expect(replay.status != 0 && replay.errors.contains("too many"), "\(replay.errors)")
                    #expect(try await route.store.count("gateway.deadLetterParts") == 12)
                } else {
                    #expect(replay.status == 0)
                    try await gateway.wait("it has failed again") { try await route.store.deadLetters().count == 2 }
                    let states = try await route.store.deadLetters().map(\.state).sorted()
                    #expect(states == ["open", "replayed"])
                }
                #expect(try await gateway.terminate().code == 0)
            }
        }

        @Test(
            "a crash between parts and dead letter: it is there once and whole, and no dead letter names what is left",
            .enabled(if: GatewayProcess.hasCrashPoints))
        func crash() async throws {
            try await LiveRoute.with { route in
                func post(_ body: [UInt8], id: String) -> Posting {
                    var properties = MessageProperties()
                    properties.messageId = ByteString(id)
                    properties.isPersistent = true
                    return Posting(exchange: "", routingKey: route.queue, body: body, properties: properties)
                }
                func item(_ code: String) -> [UInt8] {
                    Array(Self.message(#"{"operation":"I","code":"\#(code)","name":"n"}"#).utf8)
                }
                // Three parts, no two of which are alike.
                let body = (0..<2_500_000).map { UInt64($0) }.withUnsafeBytes { Array($0) }
                try await route.publish(postings: [
                    post(item("before"), id: "before"), post(body, id: "large"), post(item("after"), id: "after"),
                ])
                let oneByOne = ["LANES": "1", "RABBITMQ_PREFETCH": "1"]
                let gateway = try route.start(oneByOne.merging(["GATEWAY_CRASH_AT": "partsWritten:1"]) { $1 })
                try await Patience.until("the gateway has ended") { !gateway.isRunning }
                #expect(gateway.state == "ended by signal 9")
                #expect(gateway.output.contains("killed at partsWritten, time 1"))
                #expect(try await route.store.settledMessages() == 1)
                #expect(try await route.store.deadLetters().isEmpty)
                #expect(try await route.store.count("gateway.deadLetterParts") == 3)

                let next = try await route.startReady()
                try await next.wait("all are settled") { try await route.store.settledMessages() == 3 }
                #expect(try await next.terminate().code == 0)
                #expect(try await route.queueLength() == 0)
                let letters = try await route.store.deadLetters()
                try #require(letters.count == 1)
                #expect(letters[0].messageId == "large" && letters[0].reasons.map(\.code) == ["notJson"])
                #expect(letters[0].parts == 3)
                #expect(try await route.store.payload(of: letters[0].id, parts: 3) == body)
                // Those of the dead letter, and those that the crash left.
                #expect(try await route.store.count("gateway.deadLetterParts") == 6)
                #expect(try await route.store.records()["item"]?.keys.sorted() == ["napse|after", "napse|before"])
            }
        }
    }
}
