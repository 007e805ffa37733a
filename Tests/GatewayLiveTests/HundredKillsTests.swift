import Ingest
import Contracts
import IngestTesting
import JSON
import Testing

extension RouteLiveTests {
    @Suite("kill -9 of the gateway, a hundred times", .enabled(if: LiveServers.areThere))
    struct HundredKills {
        private static let kills = 100
        private static let items = 200_000
        /// Large messages beside small ones, some larger than a batch; a fifth comes twice or more often, near and far.
        private static let mix = RouteWorkload.Mix(
            itemsPerMessage: 1...160, keys: 60, faultyItems: 0.02, repeats: 0.1, nearRepeats: 0.1, reusedIDs: 0.03)

        /// What a kill has met.
        private struct Tally {
            /// Messages were not settled.
            var withWork = 0
            /// The gateway had settled some in this life.
            var afterWork = 0
            /// A transaction was open.
            var inTransaction = 0
        }

        @Test func `at random under 200,000 items with repeated and reused message-ids changes nothing`() async throws {
            try await LiveRoute.with { route in
                var watch = Stopwatch()
                var workload = RouteWorkload(seed: 150, Self.mix)
                var postings: [SentMessage] = []
                while workload.itemCount < Self.items { postings.append(workload.next()) }
                watch.lap("made")
                // Half of them wait already, the other half come while gateways live and die.
                let half = postings.count / 2
                try await route.publish(Array(postings[..<half]))
                let later = Array(postings[half...])
                async let rest: Void = route.publish(later)

                let tally = try await Self.killAgainAndAgain(route, workload)
                try await rest
                watch.lap("killed")
                print(
                    "route: \(tally.withWork) of \(Self.kills) kills found unsettled messages, \(tally.afterWork) came"
                        + " after others were settled in that life, \(tally.inTransaction) in an open transaction")
                #expect(tally.withWork == Self.kills)
                #expect(tally.afterWork >= Self.kills * 3 / 4)
                #expect(tally.inTransaction >= Self.kills / 5)

                try await route.finish(try route.start(), workload)
                watch.lap("drained")
                print("route: \(postings.count) postings of \(workload.messages.count) messages")
                try await expectExactEffect(of: workload, on: route)
                watch.lap("compared")
                try await expectEachEffectOnceInTheLog(of: workload, on: route)
                watch.lap("compared with the log")
                print("route: \(watch)")
            }
        }

        private static func killAgainAndAgain(_ route: LiveRoute, _ workload: RouteWorkload) async throws -> Tally {
            var tally = Tally()
            var random = Seeded(151)
            let all = workload.messages.count
            for number in 0..<kills {
                let before = try await route.store.ledgerRows()
                let gateway = try route.start(["LIMITS_BATCH_ITEMS": "100"])
                // So much of what is left, on average, that the last kill still finds something.
                let share = (all - before) / (kills + 2 - number)
                let goal = before + Int.random(in: 1...max(2, share), using: &random)
                try await gateway.wait("\(goal) messages are in the ledger", every: .milliseconds(5)) {
                    try await route.store.ledgerRows() >= goal
                }
                try await Task.sleep(for: .milliseconds(Int.random(in: 0...20, using: &random)))
                try await gateway.kill()
                if try await route.store.openTransactions() > 0 { tally.inTransaction += 1 }
                let after = try await route.store.ledgerRows()
                if after > before { tally.afterWork += 1 }
                if after < all { tally.withWork += 1 }
            }
            return tally
        }
    }
}

/// How long the parts of something long have taken.
private struct Stopwatch: CustomStringConvertible {
    private var last = ContinuousClock.now
    private var laps: [String] = []

    mutating func lap(_ name: String) {
        let seconds = last.duration(to: .now).components.seconds
        laps.append("\(name) in \(seconds) s")
        last = .now
    }

    var description: String { laps.joined(separator: ", ") }
}
