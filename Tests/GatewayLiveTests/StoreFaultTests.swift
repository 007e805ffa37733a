import Ingest
import Contracts
import Mappings
import Testing

extension RouteLiveTests {
    @Suite("faults of the store", .enabled(if: LiveServers.areOurs))
    struct StoreFaults {
        @Test(arguments: ["kill", "stop"])
        func `mongod ended and started again under load changes nothing`(verb: String) async throws {
            try await LiveRoute.with { route in
                let gateway = try await route.startReady()
                // Without anything that could be rejected: there must be no dead letter at all.
                let workload = try await route.underLoad(of: RouteWorkload(seed: 60, .peaceful), perSecond: 200) {
                    try await Task.sleep(for: .milliseconds(500))
                    try await route.servers.services(verb, .mongod)
                    try await gateway.wait("/readyz tells of the store") {
                        let readiness = await gateway.readiness()
                        return readiness?.status == 503 && readiness?.parts["mongoDB"]?.isOK == false
                    }
                    try await route.servers.services("start", .mongod)
                    try await gateway.waitUntilReady()
                }
                try await route.finish(gateway, workload)
                try await expectExactEffect(of: workload, on: route)
                #expect(try await route.store.deadLetters().isEmpty)
            }
        }

        @Test func `mongod that hangs for longer than a call may take changes nothing`() async throws {
            try await LiveRoute.with { route in
                // So that commits end in the unknown: done or not, nobody said.
                let uri = route.servers.storeURI + "&socketTimeoutMS=1000"
                let gateway = try await route.startReady(["MONGODB_URI": uri])
                let workload = try await route.underLoad(of: RouteWorkload(seed: 65), perSecond: 200) {
                    for _ in 1...2 {
                        try await Task.sleep(for: .milliseconds(500))
                        try await route.servers.services("pause", .mongod)
                        do {
                            try await gateway.wait("/readyz tells of the store") {
                                let readiness = await gateway.readiness()
                                return readiness?.status == 503 && readiness?.parts["mongoDB"]?.isOK == false
                            }
                        } catch {
                            try await route.servers.services("resume", .mongod)
                            throw error
                        }
                        try await route.servers.services("resume", .mongod)
                        try await gateway.waitUntilReady()
                    }
                }
                try await route.finish(gateway, workload)
                try await expectExactEffect(of: workload, on: route)
            }
        }

        /// Two gateways on queues of their own: one has less on it than may be taken in, the other one much more.
        @Test func `mongod frozen for a minute: the broker is kept, the memory bounded, nothing becomes a dead letter`()
            async throws
        {
            try await LiveRoute.with { calm in
                try await LiveRoute.with { flooded in
                    // Such a broker gives up who is silent for about ten seconds.
                    try await calm.servers.control("eval", "application:set_env(rabbit, heartbeat, 5).")
                    var work = RouteWorkload(seed: 66, .peaceful)
                    var flood = RouteWorkload(seed: 69, .peaceful)
                    let gateways = (try await calm.startReady(), try await flooded.startReady())
                    try await calm.servers.control("eval", "application:set_env(rabbit, heartbeat, 60).")
                    try await calm.publish(work.next(100))
                    try await flooded.publish(flood.next(100))
                    try await flooded.waitUntilSettled(flood, by: gateways.1)
                    let before = try gateways.1.peakMemory()

                    let frozen = ContinuousClock.now
                    try await calm.servers.services("pause", .mongod)
                    do {
                        try await calm.publish(work.next(2_000))
                        flood.mix.padding = 1 << 20
                        for _ in 0..<12 { try await flooded.publish(flood.next(25)) }
                        try await gateways.0.wait("a minute is over", within: .seconds(90), every: .seconds(1)) {
                            frozen.duration(to: .now) > .seconds(60)
                        }
                    } catch {
                        try await calm.servers.services("resume", .mongod)
                        throw error
                    }
                    let readiness = await gateways.0.readiness()
                    #expect(readiness?.parts["mongoDB"]?.isOK == false && readiness?.parts["rabbitMQ"]?.isOK == true)
                    try await calm.servers.services("resume", .mongod)

                    try await flooded.waitUntilSettled(flood, by: gateways.1)
                    let growth = (try gateways.1.peakMemory() - before) >> 20
                    print("route: the memory grew by \(growth) MiB while 300 MiB waited")
                    #expect(growth < 100)
                    try await flooded.finish(gateways.1, flood)
                    try await calm.finish(gateways.0, work)
                    for gateway in [gateways.0, gateways.1] {
                        #expect(!gateway.output.contains("not consuming"), "the broker was lost")
                    }
                    #expect(!gateways.1.output.contains("given back"), "a short outage cost a count of deliveries")
                    for (route, workload) in [(calm, work), (flooded, flood)] {
                        try await expectExactEffect(of: workload, on: route)
                        try await expectEachEffectOnceInTheLog(of: workload, on: route)
                        #expect(try await route.store.deadLetters().isEmpty)
                    }
                }
            }
        }

        @Test func `the primary steps down five times under load: nothing changes`() async throws {
            try await LiveRoute.with { route in
                let gateway = try await route.startReady()
                try await StoreServer.with(route) { server in
                    let workload = try await route.underLoad(of: RouteWorkload(seed: 67)) {
                        for _ in 1...5 {
                            let settled = try await route.store.settledMessages()
                            try await server.stepDown()
                            try await gateway.wait("it goes on") {
                                (try? await route.store.settledMessages()) ?? 0 > settled + 100
                            }
                        }
                    }
                    try await route.finish(gateway, workload)
                    try await expectExactEffect(of: workload, on: route)
                    try await expectEachEffectOnceInTheLog(of: workload, on: route)
                }
            }
        }

        @Test func `every command fails in every way under load: nothing changes`() async throws {
            let commands = ["find", "insert", "update", "delete", "commitTransaction"]
            let faults = [91, 112, 189, 251, 11600].map { StoreServer.Fault.code($0) } + [.closedConnection]
            let application = "gateway-under-faults"
            try await LiveRoute.with { route in
                let gateway = try await route.startReady([
                    "MONGODB_URI": route.servers.storeURI + "&appName=\(application)"
                ])
                try await StoreServer.with(route) { server in
                    let workload = try await route.underLoad(of: RouteWorkload(seed: 68)) {
                        for fault in faults {
                            for command in commands {
                                try await server.fail(command, with: fault, times: 2, of: application)
                            }
                        }
                        try await server.fail("commitTransaction", with: .majorityUnknown, times: 5, of: application)
                    }
                    try await route.finish(gateway, workload)
                    try await expectExactEffect(of: workload, on: route)
                    try await expectEachEffectOnceInTheLog(of: workload, on: route)
                }
            }
        }
    }
}
