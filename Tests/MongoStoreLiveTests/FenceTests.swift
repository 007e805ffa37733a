import Ingest
import BSON
import Contracts
import JSON
import MongoStore
import Testing

/// What a killed or paused gateway leaves behind, and who clears it away.
@Suite(
    "Instances", .enabled(if: LiveServer.isThere && LiveServer.canStartOwn, LiveServer.ownHint), .serialized, .ownServer
)
struct FenceTests {
    /// How the other gateway is found to be gone.
    enum Sign: CaseIterable {
        case heartbeatStopped
        case processGone
    }

    @Test(
        "A gateway that died inside a transaction delays the next one by less than a second", arguments: Sign.allCases)
    func openTransactionOfTheDead(sign: Sign) async throws {
        try await LiveStore.with { store in
            // The first gateway hangs between its writes and its commit, for longer than the test lasts.
            let dead = try store.another(application: "promo-test-dead")
            try await dead.connect()
            try await dead.withLane { lane in
                try await lane.settle(Counting(ids: ["a"], message: "m0"))
                let faults = try await store.fail(["commitTransaction"], times: 1, application: "promo-test-dead") {
                    data in
                    data.append("blockConnection", bool: true)
                    data.append("blockTimeMS", int64: 4_000)
                }
                let dying = Task { try await lane.settle(Counting(ids: ["a"], message: "m1"), tries: 50) }
                try await store.waitForFault(after: faults)
                let blocked = try await store.withLane { try await $0.settleOnce(Counting(ids: ["a"], message: "m2")) }
                #expect(
                    blocked == .unavailable, "the dead one's transaction must be in the way, or the test shows nothing")

                if sign == .processGone { try await store.setPIDs(999_999_999) }
                let next = try store.another {
                    $0.deadAfter = sign == .heartbeatStopped ? .milliseconds(100) : .seconds(60)
                }
                let began = ContinuousClock.now
                try await next.connect()
                let isApplied = try await next.withLane { try await $0.settle(Counting(ids: ["a"], message: "m2")) }
                #expect(isApplied)
                #expect(began.duration(to: .now) < .seconds(5))
                await next.close()

                // The first one was only paused: its commit fails, and its batch is planned again on what is there now.
                #expect(try await dying.value)
                #expect(try await store.integer("n", of: "a", in: "item") == 3)
                #expect(try await store.count("gateway.ledger") == 3)
            }
            await dead.close()
        }
    }

    @Test("The heartbeat keeps an instance alive, and its row goes when it closes")
    func heartbeat() async throws {
        try await LiveStore.with {
            $0.beatInterval = .milliseconds(50)
            $0.deadAfter = .milliseconds(400)
        } _: { store in
            let heart = Task { try await store.deployment.run() }
            try await store.withLane { lane in
                try await lane.settle(Counting(ids: ["a"]))
                let other = try store.another()
                try await other.connect()
                for _ in 0..<6 {
                    try await Task.sleep(for: .milliseconds(150))
                    try await other.connect()
                    #expect(try await store.count("gateway.instances") == 1)
                }
                await other.close()
            }
            heart.cancel()
            _ = await heart.result
            await store.deployment.close()
            #expect(try await store.count("gateway.instances") == 0)
        }
    }

    @Test("An instance that was taken for dead registers again and goes on")
    func comesBack() async throws {
        try await LiveStore.with { store in
            try await store.withLane { lane in
                try await lane.settle(Counting(ids: ["a"], message: "m0"))
                let other = try store.another { $0.deadAfter = .zero }
                try await Task.sleep(for: .milliseconds(20))
                try await other.connect()
                #expect(try await store.count("gateway.instances") == 0)
                try await lane.settle(Counting(ids: ["a"], message: "m1"), tries: 1)
                let heart = Task { try await store.deployment.run() }
                try await Task.sleep(for: store.deployment.settings.beatInterval + .milliseconds(300))
                #expect(try await store.count("gateway.instances") == 1)
                heart.cancel()
                _ = await heart.result
                await other.close()
                #expect(try await store.integer("n", of: "a", in: "item") == 2)
            }
        }
    }
}

extension MongoTransactor {
    fileprivate enum Once { case settled, unavailable, refused, unknown }

    fileprivate func settleOnce(_ batch: Counting) async throws -> Once {
        do throws(StoreError) {
            try await settle(batch)
            return .settled
        } catch {
            return switch error.kind {
            case .unavailable, .gaveWay: .unavailable
            case .refused: .refused
            case .unknown: .unknown
            }
        }
    }
}

extension LiveStore {
    /// Makes every instance's row name a process that does not exist.
    fileprivate func setPIDs(_ pid: Int64) async throws {
        try await reader.command("update") { command in
            command.append("update", string: "gateway.instances")
            command.append(
                "updates",
                array: { updates in
                    updates.append(
                        "0",
                        document: { update in
                            update.append("q", document: { _ in })
                            update.append(
                                "u", document: { $0.append("$set", document: { $0.append("pid", int64: pid) }) })
                            update.append("multi", bool: true)
                        })
                })
        }
    }
}
