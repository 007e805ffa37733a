import Ingest
import Contracts
import Testing

extension RouteLiveTests {
    @Suite("SIGTERM", .enabled(if: LiveServers.areThere))
    struct Drain {
        @Test func `under load ends in good order, and the next gateway goes on`() async throws {
            try await LiveRoute.with { route in
                var last = try await route.startReady()
                let workload = try await route.underLoad(of: RouteWorkload(seed: 110), perSecond: 2_000) {
                    for _ in 1...3 {
                        try await Task.sleep(for: .seconds(1))
                        let exit = try await last.terminate()
                        print("route: SIGTERM under load to the end \(exit.after)")
                        #expect(exit.code == 0)
                        #expect(exit.after < .seconds(10))
                        last = try route.start()
                    }
                }
                try await route.finish(last, workload)
                try await expectExactEffect(of: workload, on: route)
            }
        }

        @Test(.enabled(if: LiveServers.areOurs))
        func `before the store was ever there ends in good order, and loses nothing`() async throws {
            try await LiveRoute.with { route in
                var workload = RouteWorkload(seed: 112)
                try await route.publish(workload.next(100))
                try await route.servers.services("kill", .mongod)
                let gateway = try route.start()
                do {
                    try await gateway.wait("/readyz tells of the store") {
                        await gateway.readiness()?.parts["mongoDB"]?.isOK == false
                    }
                    try await Task.sleep(for: .milliseconds(500))
                    let exit = try await gateway.terminate(within: .seconds(30))
                    print("route: SIGTERM without a store to the end \(exit.after)")
                    #expect(exit.code == 0)
                    #expect(exit.after < .seconds(10))
                } catch {
                    try await route.servers.services("start", .mongod)
                    throw error
                }
                try await route.servers.services("start", .mongod)
                try await route.finish(try route.start(), workload)
                try await expectExactEffect(of: workload, on: route)
            }
        }

        @Test(.enabled(if: LiveServers.areOurs), arguments: [LiveServers.Server.mongod, .rabbitmq])
        func `while a server hangs ends within ten seconds all the same`(server: LiveServers.Server) async throws {
            try await LiveRoute.with { route in
                let gateway = try await route.startReady()
                var workload = RouteWorkload(seed: 111)
                try await route.publish(workload.next(400))
                try await gateway.wait("a message is settled") { try await route.store.settledMessages() > 0 }
                try await route.servers.services("pause", server)
                let exit: GatewayProcess.Exit
                do {
                    exit = try await gateway.terminate(within: .seconds(30))
                } catch {
                    try await route.servers.services("resume", server)
                    throw error
                }
                try await route.servers.services("resume", server)
                print("route: SIGTERM while \(server) hangs to the end \(exit.after)")
                #expect(exit.code == 0)
                #expect(exit.after < .seconds(10))
                try await route.finish(try route.start(), workload)
                try await expectExactEffect(of: workload, on: route)
            }
        }
    }
}
