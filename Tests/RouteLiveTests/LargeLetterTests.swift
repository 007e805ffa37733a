import Documents
import Foundation
import Pipeline
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
    }
}
