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
    }
}
