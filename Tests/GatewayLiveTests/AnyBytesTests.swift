import Ingest
import Contracts
import JSON
import IngestTesting
import Testing

extension RouteLiveTests {
    @Suite("any bytes", .enabled(if: LiveServers.areThere))
    struct AnyBytes {
        private static let count = 2_000

        @Test func `each of 2,000 hostile messages ends as outcomes or as a dead letter`() async throws {
            try await LiveRoute.with { route in
                var hostile = HostilePostings(queue: route.queue)
                let postings = (0..<Self.count).map { _ in hostile.next() }
                let gateway = try await route.startReady()
                try await route.publish(postings: postings)
                try await gateway.wait("all messages are settled", within: .seconds(60)) {
                    try await route.store.settledMessages() >= Self.count
                }
                try await Self.expectEachSettled(postings, on: route)
                try await Self.expectReadable(on: route)

                // It still does what it should.
                var workload = RouteWorkload(seed: 131, RouteWorkload.Mix(repeats: 0))
                try await route.publish(workload.next(20))
                try await gateway.wait("a good message after the bad ones is settled") {
                    try await route.store.settledMessages() >= Self.count + workload.messages.count
                }
                #expect(await gateway.readiness()?.isReady == true)
                let exit = try await gateway.terminate()
                #expect(exit.code == 0)
                #expect(try await route.queueLength() == 0)
            }
        }

        private static func expectEachSettled(_ postings: [Posting], on route: LiveRoute) async throws {
            var ledger = try await route.store.ledger()
            var letters = Dictionary(grouping: try await route.store.deadLetters(), by: \.messageId)
            var anonymous = letters.removeValue(forKey: nil) ?? []
            anonymous += letters.removeValue(forKey: "") ?? []
            var (items, wholes) = (0, 0)
            for posting in postings {
                let message = SentMessage(
                    messageId: posting.properties.messageId.flatMap { $0.bytes.isEmpty ? nil : $0 }, body: posting.body,
                    fate: .items([]))
                let id = message.ledgerID(queue: route.queue, appId: posting.properties.appId ?? "")
                guard let row = ledger.removeValue(forKey: id) else {
                    Issue.record("the ledger lacks \(id)")
                    continue
                }
                #expect(row.isComplete && row.outcomes.total == row.items)
                items += row.items
                guard let messageId = message.messageId else { continue }
                let own = letters.removeValue(forKey: RouteKey.text(messageId)) ?? []
                let whole = own.filter { $0.kind == "message" }
                wholes += whole.count
                let rejected = own.filter { $0.kind == "item" }.reduce(0) { $0 + $1.items.count }
                #expect(rejected == row.outcomes[.rejected])
                #expect(whole.count == (row.items == 0 && !Self.isEmptyMessage(posting.body) ? 1 : 0))
                #expect(whole.allSatisfy { $0.original == posting.body && !$0.reasons.isEmpty })
            }
            #expect(ledger.isEmpty, "the ledger has messages that nobody sent")
            #expect(letters.isEmpty, "dead letters of messages that nobody sent")
            let bodies = Set(postings.map(\.body))
            for letter in anonymous { #expect(letter.kind == "item" || bodies.contains(letter.original ?? [])) }
            print("route: \(postings.count) hostile messages: \(wholes) dead letters, \(items) items taken as such")
            #expect(wholes > postings.count / 4 && items > postings.count / 4, "the mix is not a mix")
        }

        /// A message in order, but without items.
        private static func isEmptyMessage(_ body: [UInt8]) -> Bool {
            guard let document = try? JSONParser().parse(body) else { return false }
            return document.withRoot { $0["items"]?.isArray == true && $0["items"]?.count == 0 }
        }

        /// What people and programs are shown of it can be read: a line of JSON each, nothing that a terminal would obey.
        private static func expectReadable(on route: LiveRoute) async throws {
            let letters = try await route.store.deadLetters().count
            func list(_ format: String) async throws -> Program.Result {
                try await Program.run(
                    GatewayProcess.path, ["dead-letters", "list", "--limit", "5000", "--format", format],
                    environment: GatewayProcess.environment(route.settings))
            }
            let json = try await list("json")
            #expect(json.status == 0, "\(json.errors)")
            let lines = json.output.utf8.split(separator: UInt8(ascii: "\n"))
            #expect(lines.count == letters)
            let parser = JSONParser()
            let broken = lines.filter { (try? parser.parse(Array($0))) == nil }
            #expect(broken.count == 0, "such as \(broken.first.map { String(decoding: $0, as: UTF8.self) } ?? "")")

            let text = try await list("text")
            #expect(text.status == 0, "\(text.errors)")
            let control = text.output.unicodeScalars.filter { $0.properties.generalCategory == .control && $0 != "\n" }
            #expect(Set(control.map(\.value)) == [], "control characters on the terminal")
            #expect(try await route.store.textsThatAreNotUTF8() == [])
        }
    }
}
