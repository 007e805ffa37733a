import BSON
import Contracts
import Foundation
import Ingest
import IngestTesting
import JSON
import Testing

extension RouteLiveTests {
    /// Records whose keys are numbers of one sequence.
    @Suite("numbers of a sequence", .enabled(if: LiveServers.areThere))
    struct Sequences {
        private static let settings = ["LIMITS_BATCH_ITEMS": "20", "RABBITMQ_PREFETCH": "40"]

        private static let mapping = """
            routes:
              brands:
                from: { amqp: { queue: { setting: rabbitMQ.endpointName } } }
                definition: catalogBrand
                message:
                  companyId: napse
                  items: $.brands[*]
                  operation: I
                  fields:
                    code: { sequence: { name: brands, from: 6 }, text: true }
                    name: .name
                    ref: { new: uuid }
            """

        private static func variables(_ route: LiveRoute) throws -> [String: String] {
            let mappings = route.directory.appendingPathComponent("mappings")
            try FileManager.default.createDirectory(at: mappings, withIntermediateDirectories: true)
            try Data(mapping.utf8).write(to: mappings.appendingPathComponent("brands.yaml"))
            return settings.merging(["MAPPINGS_DIRECTORY": mappings.path]) { $1 }
        }

        private static let itemsOfAMessage = 3

        private static func posting(_ number: Int, to queue: String) -> Posting {
            var posting = SentMessage(messageId: ByteString("m\(number)"), body: [], fate: .items([])).posting(
                to: queue)
            let items = (0..<itemsOfAMessage).map { #"{"name":"n\#(number)-\#($0)"}"# }
            posting.body = Array(#"{"brands":[\#(items.joined(separator: ","))]}"#.utf8)
            return posting
        }

        private struct Brand {
            let code: Int64
            let name: String
            let ref: String
        }

        private static func brands(_ route: LiveRoute) async throws -> [Brand] {
            try await PromoConsole.with(route) { console in
                let found = try await console.reader.find(in: "brand", filter: .document { _ in })
                return try (0..<found.count).map { index in
                    try found.withDocument(index) { document in
                        let fields = BSONElements(document)
                        return Brand(
                            code: try #require(fields.first(named: "code")?.text.flatMap { Int64($0) }),
                            name: try #require(fields.first(named: "name")?.text),
                            ref: try #require(fields.first(named: "ref")?.text))
                    }
                }
            }
        }

        private static func next(_ route: LiveRoute) async throws -> Int64? {
            try await PromoConsole.with(route) { console in
                let found = try await console.reader.find(in: StoreCollections.sequences, filter: .document { _ in })
                return found.isEmpty ? nil : found.withDocument(0) { SequenceRow.next(in: BSONElements($0)) }
            }
        }

        @Test func `two gateways, one killed again and again: each message once, and each record its own number`()
            async throws
        {
            try await LiveRoute.with { route in
                let variables = try Self.variables(route)
                let count = 1_500
                let postings = (0..<count).map { Self.posting($0, to: route.queue) }
                try await route.publish(postings: Array(postings[..<1_000]))
                async let rest: Void = route.publish(postings: Array(postings[1_000...]))
                let steady = try await route.startReady(variables)
                var random = Seeded(300)
                var hits = 0
                for _ in 1...5 {
                    let other = try await route.startReady(variables)
                    let goal = try await route.store.settledMessages() + Int.random(in: 20...100, using: &random)
                    try await other.wait("\(goal) messages are settled") {
                        try await route.store.settledMessages() >= min(goal, count)
                    }
                    try await other.kill()
                    let settled = try await route.store.settledMessages()
                    if settled < count { hits += 1 }
                    print("sequences: killed one of two with \(settled) of \(count) messages settled")
                }
                try await rest
                #expect(hits >= 3, "\(hits) of 5 kills found unsettled messages")
                // And published once more, all of them.
                try await route.publish(postings: postings)
                try await steady.wait("all messages are settled", within: .seconds(60)) {
                    try await route.store.settledMessages() == count
                }
                try await steady.wait("the queue is empty", within: .seconds(60)) {
                    try await route.queueLength() == 0
                }
                #expect(try await steady.terminate().code == 0)

                let brands = try await Self.brands(route)
                let total = count * Self.itemsOfAMessage
                #expect(brands.count == total)
                #expect(Set(brands.map(\.name)).count == total)
                #expect(Set(brands.map(\.code)).count == total)
                #expect(Set(brands.map(\.ref)).count == total)
                let next = try #require(try await Self.next(route))
                #expect(brands.allSatisfy { $0.code >= 6 && $0.code < next })
                print("sequences: \(total) records took numbers up to \(next)")
                let ledger = try await route.store.ledger()
                #expect(ledger.count == count)
                #expect(ledger.values.allSatisfy { $0.outcomes[.inserted] == Self.itemsOfAMessage })
                #expect(try await route.store.deadLetters().isEmpty)
            }
        }

        @Test func `one at a time there are no gaps, and a row without a number is reported, not guessed`() async throws
        {
            try await LiveRoute.with { route in
                let gateway = try await route.startReady(try Self.variables(route))
                for number in 0..<5 {
                    try await route.publish(postings: [Self.posting(number, to: route.queue)])
                    try await gateway.wait("message \(number) is settled") {
                        try await route.store.settledMessages() == number + 1
                    }
                }
                #expect(try await Self.brands(route).map(\.code).sorted() == Array(6..<21))
                #expect(try await Self.next(route) == 21)
                try await PromoConsole.with(route) { console in
                    _ = try await console.reader.command("update") { command in
                        command.append("update", string: StoreCollections.sequences)
                        command.append(
                            "updates",
                            array: { updates in
                                updates.append(
                                    "0",
                                    document: { update in
                                        update.append("q", document: { $0.append("_id", string: "brands") })
                                        update.append("u", document: { $0.append("next", string: "many") })
                                    })
                            })
                    }
                }
                try await route.publish(postings: [Self.posting(5, to: route.queue)])
                try await gateway.wait("the message is settled") { try await route.store.settledMessages() == 6 }
                let letters = try await route.store.deadLetters()
                #expect(letters.count == 1)
                let reasons = try await PromoConsole.with(route) { try await $0.reasons() }
                #expect(reasons.allSatisfy { $0.contains("the row 'brands'") }, "\(reasons)")
                #expect(try await Self.brands(route).count == 15)
                #expect(try await gateway.terminate().code == 0)
            }
        }
    }
}
