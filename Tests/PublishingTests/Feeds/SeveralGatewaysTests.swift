import Ingest
import Contracts
import BSON
import IngestTesting
import JSON
import Synchronization
import Testing

/// Several gateways and one feed, without a server. Each test also fails where a gateway publishes under a lease that is
/// another one's.
@Suite("Several gateways and one feed, simulated")
struct SeveralGatewaysTests {
    private static let configuration = FeedWorld.configuration(FeedWorld.byFlag, every: 1000)

    @Test(arguments: [true, false])
    func `one that ends in good order is followed at once, one that is gone when its lease is over`(
        inGoodOrder: Bool
    ) async throws {
        try await FeedWorld.with { world in
            let first = world.start("a", Self.configuration, releases: inGoodOrder)
            try await world.simulation.until("the first has it") { first.status.isHolder }
            let second = world.start("b", Self.configuration)
            world.put(0..<50)
            try await world.simulation.until("they come") { world.flagged == 50 }
            #expect(!second.status.isHolder && second.status.holder == "a")
            await first.stop()
            let gone = world.simulation.time
            try await world.simulation.until("the second has it") { second.status.isHolder }
            let took = world.simulation.time - gone
            #expect(inGoodOrder ? took <= .milliseconds(1100) : took > .seconds(2) && took < .seconds(7), "\(took)")
            world.put(50..<100)
            try await world.simulation.until("they come") { world.flagged == 100 }
            await second.stop()
            #expect(world.received.count == 100)
        }
    }

    @Test func `one that was stopped for long publishes nothing of what it had read`() async throws {
        try await FeedWorld.with { world in
            world.put(0..<30)
            // From the eleventh posting on it stands still for longer than its lease lives.
            let asked = Mutex(0)
            let first = world.start(
                "a", Self.configuration, releases: false,
                renewing: { if asked.withLock({ $0 > 10 }) { try? await world.simulation.sleep(.seconds(30)) } },
                latency: {
                    let isStill = asked.withLock { count in
                        count += 1
                        return count > 10
                    }
                    if isStill { try? await world.simulation.sleep(.seconds(6)) }
                })
            try await world.simulation.until("it has begun") { world.received.count == 10 }
            let second = world.start("b", Self.configuration)
            try await world.simulation.until("all are marked") { world.flagged == 30 }
            await first.stop()
            await second.stop()
            #expect(Set(world.received).count == 30)
            #expect(second.record.count(.confirmed) >= 20)
        }
    }

    @Test func `twenty hand-overs leave no gap`() async throws {
        try await FeedWorld.with { world in
            var gateways = [world.start("g0", Self.configuration), world.start("g1", Self.configuration)]
            var next = 0
            for round in 0..<20 {
                world.put(next..<next + 50)
                next += 50
                try await world.simulation.sleep(.milliseconds(world.simulation.number(in: 0...2000)))
                let holder = gateways.firstIndex { $0.status.isHolder } ?? round % 2
                await gateways[holder].stop()
                gateways[holder] = world.start("g\(round + 2)", Self.configuration, releases: round.isMultiple(of: 2))
            }
            try await world.simulation.until("all are marked") { world.flagged == next }
            for gateway in gateways { await gateway.stop() }
            #expect(Set(world.received).count == next)
        }
    }

    @Test func `several share the documents of one feed, each document once`() async throws {
        try await FeedWorld.with { world in
            let configuration = FeedWorld.configuration(FeedWorld.byFlag, isShared: true, every: 1000)
            world.put(0..<400)
            let gateways = ["a", "b"].map { name in
                world.start(name, configuration, latency: { try? await world.simulation.sleep(.milliseconds(5)) })
            }
            try await world.simulation.until("all are marked") { world.flagged == 400 }
            for gateway in gateways { await gateway.stop() }
            #expect(world.received.count == 400 && Set(world.received).count == 400)
            #expect(gateways.allSatisfy { $0.record.count(.confirmed) > 0 })
        }
    }
}
