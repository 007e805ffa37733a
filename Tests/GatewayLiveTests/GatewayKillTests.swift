import Contracts
import Ingest
import IngestTesting
import JSON
import Testing

extension RouteLiveTests {
    @Suite("kill -9 of the gateway", .enabled(if: LiveServers.areThere))
    struct GatewayKill {
        @Test func `ten times in mid-batch under 20,000 items changes nothing`() async throws {
            try await LiveRoute.with { route in
                var workload = RouteWorkload(seed: 2, RouteWorkload.Mix(itemsPerMessage: 1...24, keys: 40))
                var messages: [SentMessage] = []
                while workload.itemCount < 20_000 { messages.append(workload.next()) }
                // Half of them wait already, the other half come while gateways live and die.
                let half = messages.count / 2
                try await route.publish(Array(messages[..<half]))
                async let rest: Void = route.publish(Array(messages[half...]))

                var random = Seeded(22)
                var hits = 0
                var openTransactions = 0
                for kills in 0..<10 {
                    let gateway = try await route.startReady(["LIMITS_BATCH_ITEMS": "100"])
                    // So much of what is left, on average, that the last kill still finds something.
                    let before = try await route.store.settledMessages()
                    let share = (workload.messages.count - before) / (12 - kills)
                    let goal = before + Int.random(in: 1...max(2, share), using: &random)
                    try await gateway.wait("\(goal) messages are settled") {
                        try await route.store.settledMessages() >= goal
                    }
                    try await Task.sleep(for: .milliseconds(Int.random(in: 0...30, using: &random)))
                    try await gateway.kill()
                    openTransactions += try await route.store.openTransactions()
                    let settled = try await route.store.settledMessages()
                    let unsettled = workload.messages.count - settled
                    if unsettled > 0, settled >= goal { hits += 1 }
                    print("route: kill \(kills + 1): \(settled) messages settled, \(unsettled) not")
                }
                try await rest
                print("route: \(hits) of 10 kills found unsettled messages, \(openTransactions) transactions were open")
                #expect(hits >= 5)
                #expect(openTransactions > 0, "no kill came in the middle of a transaction")
                try await route.finish(try route.start(), workload)
                try await expectExactEffect(of: workload, on: route)
            }
        }

        @Test func `a message without message-id that was applied but not acknowledged is applied once`() async throws {
            try await LiveRoute.with { route in
                var workload = RouteWorkload(seed: 5)
                // The first message keeps one lane busy. Those after it are small and of many catalogs: the other lane
                // settles some of them, but none can be acknowledged before the first one is settled.
                let large = workload.add(Self.manyItems(8_000), "napse", .catalogItem)
                var small: [SentMessage] = []
                for number in 0..<24 {
                    let catalog = WorkloadCatalog.allCases[number % 4]
                    let key = catalog == .catalogItemStock ? ["k\(number)", "s"] : ["k\(number)"]
                    var members = zip(catalog.keyFields, key).map { (name: $0, value: "\"\($1)\"") }
                    members += [("name", #""n""#), ("quantity", "1")]
                    let company = "c\(number % 6)"
                    let item = WorkloadItem("I", company: company, key: key, members: members)
                    let items = [item, WorkloadItem(faulty: "[]", .schema)]
                    small.append(workload.add(items, company, catalog, withID: false))
                }
                try await route.publish([large] + small)
                let gateway = try route.start(["LIMITS_BATCH_ITEMS": "200"])
                try await gateway.wait("a small message is settled") {
                    try await route.store.settledMessages() > 0
                }
                try await gateway.kill()
                let row = try await route.store.ledgerRow(large.ledgerID(queue: route.queue))
                let applied = try await route.store.settledMessages()
                print(
                    "route: \(applied) messages without message-id applied, not acknowledged, when the gateway was killed"
                )
                try #require(applied > 0 && row?.isComplete != true, "the large message was too quick")
                try await route.finish(try route.start(), workload)
                try await expectExactEffect(of: workload, on: route)
            }
        }

        @Test func `a message of 20,000 items goes on where it was, each item once`() async throws {
            try await LiveRoute.with { route in
                var workload = RouteWorkload(seed: 9)
                let message = workload.add(Self.manyItems(20_000), "napse", .catalogItem)
                let id = message.ledgerID(queue: route.queue)
                try await route.publish([message])
                var seen = 0
                for kills in 1...3 {
                    let gateway = try route.start()
                    try await gateway.wait("more than \(seen) items are settled") {
                        try await route.store.ledgerRow(id)?.settled ?? 0 > seen
                    }
                    try await gateway.kill()
                    let row = try #require(try await route.store.ledgerRow(id))
                    print("route: kill \(kills): \(row.settled) of \(row.items) items settled")
                    #expect(row.settled > seen && row.outcomes.total == row.settled)
                    if kills == 1 { try #require(row.settled < row.items, "the message was too quick") }
                    if row.isComplete { break }
                    seen = row.settled
                }
                try await route.finish(try route.start(), workload)
                let row = try #require(try await route.store.ledgerRow(id))
                #expect(row.outcomes.total == 20_000)
                try await expectExactEffect(of: workload, on: route)
            }
        }

        /// On few keys, so that every item's outcome tells whether all before it were applied once.
        private static func manyItems(_ count: Int) -> [WorkloadItem] {
            var random = Seeded(99)
            return (0..<count).map { number in
                number % 50 == 49
                    ? WorkloadCatalog.catalogItem.faultyItem(using: &random)
                    : WorkloadCatalog.catalogItem.item(
                        random.pick(["I", "U", "IU", "D"]), company: "napse", keys: 300, using: &random)
            }
        }
    }
}
