import Contracts
import Ingest
import Testing

extension RouteLiveTests {
    @Suite("without a fault", .enabled(if: LiveServers.areThere))
    struct CleanRun {
        @Test func `300 messages end as the model says, in store, ledger, dead letters and metrics`() async throws {
            try await LiveRoute.with { route in
                var workload = RouteWorkload(seed: 1)
                let gateway = try route.start()
                let untilConsuming = try await gateway.timeUntil("consuming")
                try await gateway.waitUntilReady()
                print("route: consuming \(untilConsuming) after the start")
                #expect(untilConsuming < .seconds(10))
                try await route.publish(workload.next(300))
                try await route.waitUntilSettled(workload, by: gateway)
                try await expectCounts(of: workload, on: gateway)
                let exit = try await gateway.terminate()
                #expect(exit.code == 0)
                #expect(exit.after < .seconds(10))
                print("route: SIGTERM to the end \(exit.after)")
                try await expectExactEffect(of: workload, on: route)
            }
        }

        private func expectCounts(of workload: RouteWorkload, on gateway: GatewayProcess) async throws {
            let metrics = try await gateway.metrics()
            var expected = OutcomeCounts()
            for message in workload.messages { expected += message.outcomes }
            for outcome in Outcome.allCases {
                let counted = metrics.sum("gateway_items_total", "outcome", outcome.word)
                #expect(counted == expected[outcome], "items \(outcome.word)")
            }
            let settled = ["applied", "rejected", "partlyRejected", "deadLettered"].reduce(0) {
                $0 + metrics.sum("gateway_messages_total", "outcome", $1)
            }
            #expect(settled == workload.messages.count)
            let duplicates = metrics.sum("gateway_messages_total", "outcome", "duplicate")
            #expect(duplicates == workload.postingCount - workload.messages.count)
        }

        @Test(arguments: [
            ["LIMITS_BATCH_ITEMS": "1", "RABBITMQ_PREFETCH": "1"], ["LIMITS_BATCH_ITEMS": "7", "LANES": "8"],
            ["LIMITS_BATCH_ITEMS": "100000", "LANES": "1", "RABBITMQ_PREFETCH": "65535"],
        ])
        func `the effect is the same whatever the batches, the lanes and the prefetch`(settings: [String: String])
            async throws
        {
            try await LiveRoute.with { route in
                var workload = RouteWorkload(seed: 6)
                try await route.publish(workload.next(150))
                try await route.finish(try route.start(settings), workload)
                try await expectExactEffect(of: workload, on: route)
            }
        }

        @Test func `a message-id that comes again has no second effect, and another body under it is a dead letter`()
            async throws
        {
            try await LiveRoute.with { route in
                var workload = RouteWorkload(seed: 3)
                let item = WorkloadItem(
                    "I", company: "napse", key: ["one"], members: [("code", #""one""#), ("name", #""first""#)])
                let first = workload.add([item], "napse", .catalogBrand)
                let other = workload.add(otherBodyUnderTheIDOf: first, "napse", .catalogBrand)
                let gateway = try await route.startReady()
                try await route.publish([first, first, other, other, first])
                try await route.waitUntilSettled(workload, by: gateway)
                try await expectExactEffect(of: workload, on: route)
                _ = try await gateway.terminate()

                // What it knows, it knows from the ledger: the next gateway knows it as well.
                let next = try await route.startReady()
                let third = workload.add(otherBodyUnderTheIDOf: first, "napse", .catalogBrand)
                try await route.publish([other, first, third, third, first])
                try await route.finish(next, workload)
                try await expectExactEffect(of: workload, on: route)
            }
        }

        @Test func `equal messages without message-id are both meant`() async throws {
            try await LiveRoute.with { route in
                var workload = RouteWorkload(seed: 4)
                let members = [(name: "code", value: #""twice""#), (name: "name", value: #""n""#)]
                let items = ["I", "D"].map { WorkloadItem($0, company: "napse", key: ["twice"], members: members) }
                let message = workload.add(
                    items + [WorkloadItem(faulty: "1", .schema)], "napse", .catalogBrand, withID: false)
                let gateway = try await route.startReady()
                try await route.publish([message, message, message])
                try await gateway.wait("three dead letters") { try await route.store.deadLetters().count == 3 }
                // Counted a moment after the commit.
                for outcome in ["inserted", "deleted", "rejected"] {
                    try await gateway.wait("all are counted as \(outcome)") {
                        try await gateway.metrics().sum("gateway_items_total", "outcome", outcome) == 3
                    }
                }
                #expect(try await gateway.terminate().code == 0)
            }
        }
    }
}
