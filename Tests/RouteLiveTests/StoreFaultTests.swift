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
    }
}
