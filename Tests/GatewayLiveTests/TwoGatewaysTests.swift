import Contracts
import Ingest
import IngestTesting
import JSON
import Testing

extension RouteLiveTests {
    /// Which of two gateways takes a message is chance, and so is the order. So every message does what comes to the same
    /// in any order: it inserts records of its own, and sets a field of its own in records that all share.
    @Suite("two gateways on one queue", .enabled(if: LiveServers.areThere))
    struct TwoGateways {
        private static let sharedKeys = 5
        private static let ownItems = 3
        /// Small ones, so that there are many batches, and both gateways at work.
        private static let settings = ["LIMITS_BATCH_ITEMS": "20", "RABBITMQ_PREFETCH": "40"]

        @Test func `one killed again and again: every item counts once and no change is lost`() async throws {
            try await LiveRoute.with { route in
                var workload = RouteWorkload(seed: 100)
                let messages = (0..<1_500).map { number in Self.message(number, in: &workload) }
                try await route.publish(Array(messages[..<1_000]))
                async let rest: Void = route.publish(Array(messages[1_000...]))

                let steady = try await route.startReady(Self.settings)
                var random = Seeded(101)
                var hits = 0
                for _ in 1...5 {
                    let other = try await route.startReady(Self.settings)
                    let goal = try await route.store.settledMessages() + Int.random(in: 20...100, using: &random)
                    try await other.wait("\(goal) messages are settled") {
                        try await route.store.settledMessages() >= min(goal, messages.count)
                    }
                    try await other.kill()
                    let settled = try await route.store.settledMessages()
                    if settled < messages.count { hits += 1 }
                    print("route: killed one of two with \(settled) of \(messages.count) messages settled")
                }
                try await rest
                #expect(hits >= 3, "\(hits) of 5 kills found unsettled messages")
                try await route.finish(steady, workload)
                try await Self.expectEveryEffectOnce(of: messages, on: route)
            }
        }

        @Test func `one frozen in mid-batch: the other goes on, and what the frozen one did counts once`() async throws
        {
            try await LiveRoute.with { route in
                var workload = RouteWorkload(seed: 102)
                let messages = (0..<1_000).map { number in Self.message(number, in: &workload) }
                try await route.publish(messages)
                let frozen = try await route.startReady(Self.settings)
                // Until it stands still in the middle of a transaction.
                try await frozen.wait("it is frozen in a transaction") {
                    try frozen.freeze()
                    if try await route.store.openTransactions() > 0 { return true }
                    try frozen.thaw()
                    return false
                }
                let before = try await route.store.settledMessages()
                let other = try await route.startReady(Self.settings)
                // All but what the frozen one holds, and that on records which it has locked.
                let held = 40
                try await other.wait("the other goes on with the shared records", within: .seconds(30)) {
                    try await route.store.settledMessages() >= messages.count - held
                }
                print("route: frozen with \(before) messages settled, the other took all but \(held)")
                try frozen.thaw()
                try await frozen.wait("the frozen one ends its own") {
                    try await route.store.settledMessages() == messages.count
                }
                #expect(try await frozen.terminate().code == 0)
                try await route.finish(other, workload)
                try await Self.expectEveryEffectOnce(of: messages, on: route)
            }
        }

        private static func message(_ number: Int, in workload: inout RouteWorkload) -> SentMessage {
            let own = (0..<ownItems).map { index in item("I", "own-\(number)-\(index)", field: "n", number) }
            let shared = item("IU", "shared-\(number % sharedKeys)", field: "x\(number)", number)
            return workload.add(own + [shared], "napse", .catalogBrand)
        }

        private static func item(_ operation: String, _ code: String, field: String, _ number: Int) -> WorkloadItem {
            WorkloadItem(
                operation, company: "napse", key: [code],
                members: [("code", "\"\(code)\""), ("name", #""n""#), (field, "\(number)")])
        }

        private static func expectEveryEffectOnce(of messages: [SentMessage], on route: LiveRoute) async throws {
            var counts = OutcomeCounts()
            let ledger = try await route.store.ledger()
            for message in messages {
                let row = try #require(ledger[message.ledgerID(queue: route.queue)], "the ledger lacks a message")
                #expect(row.isComplete && row.outcomes.total == ownItems + 1)
                counts += row.outcomes
            }
            #expect(ledger.count == messages.count)
            #expect(counts[.inserted] == messages.count * ownItems + sharedKeys)
            #expect(counts[.updated] == messages.count - sharedKeys)
            #expect(counts.total == messages.count * (ownItems + 1))
            #expect(try await route.store.deadLetters().isEmpty)
            #expect(try await route.queueLength() == 0)

            let (stored, expected) = (try await route.store.records(), expectedRecords(of: messages))
            #expect(stored.keys.sorted() == ["brand"])
            let brands = stored["brand"] ?? [:]
            let wrong = Set(brands.keys).union(expected.keys).filter { brands[$0] != expected[$0] }
            #expect(wrong.isEmpty, "\(wrong.count) records are wrong, such as \(wrong.first?.description ?? "")")
        }

        /// The same whatever the order.
        private static func expectedRecords(of messages: [SentMessage]) -> [ByteString: ReferenceModel.Record] {
            var model = ReferenceModel()
            for item in messages.flatMap(\.items) {
                guard case .object(var fields) = item.value, case .string(let code)? = fields["code"] else { continue }
                fields["operation"] = nil
                _ = model.apply("IU", id: ByteString("napse|\(code)"), fields: fields, collection: "brand")
            }
            return model.records["brand"] ?? [:]
        }
    }
}
