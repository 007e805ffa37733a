import Ingest
import BSON
import Contracts
import Foundation
import JSON
import Testing

extension RouteLiveTests {
    @Suite("Settings from the store count in a running gateway", .enabled(if: LiveServers.areThere))
    struct LiveSettings {
        @Test func `rabbitMQ.enabled flipped 20 times under load: each within two seconds, nothing lost or repeated`()
            async throws
        {
            try await LiveRoute.with { route in
                let gateway = try await route.startReady()
                var down: [Duration] = []
                var up: [Duration] = []
                let workload = try await PromoConsole.with(route) { console in
                    try await route.underLoad(of: RouteWorkload(seed: 120), perSecond: 600) {
                        for _ in 1...20 {
                            try await Task.sleep(for: .milliseconds(300))
                            down.append(
                                try await Self.time {
                                    try await console.set("rabbitMQ.enabled", false)
                                    try await gateway.wait("it is disconnected") {
                                        guard try await route.consumerCount() == 0 else { return false }
                                        return await gateway.readiness()?.parts["rabbitMQ"]?.detail
                                            == "rabbitMQ.enabled is false: disconnected"
                                    }
                                })
                            #expect(await gateway.readiness()?.isReady == true)
                            up.append(
                                try await Self.time {
                                    try await console.set("rabbitMQ.enabled", true)
                                    try await gateway.wait("it is connected") {
                                        try await route.consumerCount() == 1
                                    }
                                })
                        }
                    }
                }
                print("route: to disconnect \(Self.words(down)), to reconnect \(Self.words(up)), under load")
                #expect(down.allSatisfy { $0 < .seconds(2) })
                #expect(up.allSatisfy { $0 < .seconds(2) })
                try await Self.finish(route, gateway, workload)
            }
        }

        @Test func `disabled with a full queue before it, it finishes what it has and leaves the rest in order`()
            async throws
        {
            try await LiveRoute.with { route in
                var workload = RouteWorkload(seed: 123)
                try await route.publish(workload.next(6_000))
                let gateway = try await route.startReady()
                try await PromoConsole.with(route) { console in
                    let time = try await Self.time {
                        try await console.set("rabbitMQ.enabled", false)
                        try await gateway.wait("it is disconnected") { try await route.consumerCount() == 0 }
                        try await gateway.wait("all is acknowledged") {
                            await gateway.readiness()?.parts["route catalogs"] == nil
                        }
                    }
                    print("route: to disconnect \(time) from a full queue, \(try await route.queueLength()) left on it")
                    #expect(time < .seconds(9))
                    try await console.set("rabbitMQ.enabled", true)
                }
                try await gateway.wait("it is connected") { try await route.consumerCount() == 1 }
                try await Self.finish(route, gateway, workload)
            }
        }

        @Test func `prefetch, lanes and limits changed under load restart the route, and nothing is lost or repeated`()
            async throws
        {
            try await LiveRoute.with { route in
                let gateway = try await route.startReady()
                let workload = try await PromoConsole.with(route) { console in
                    try await route.underLoad(of: RouteWorkload(seed: 121)) {
                        let changes: [(String, Int)] = [
                            ("rabbitMQ.prefetch", 3), ("lanes", 5), ("limits.batchItems", 7),
                            ("rabbitMQ.prefetch", 999),
                            ("lanes", 1), ("limits.batchItems", 700), ("lanes", 2),
                        ]
                        for (count, (name, value)) in changes.enumerated() {
                            try await console.set(name, value)
                            try await gateway.wait("the route has started again") {
                                gateway.output.count(of: "route catalogs starts") == count + 2
                            }
                        }
                    }
                }
                try await Self.finish(route, gateway, workload)
            }
        }

        @Test
        func `companies and log level follow, what needs a restart is said so, and all of it shows where it is from`()
            async throws
        {
            try await LiveRoute.with { route in
                let gateway = try await route.startReady()
                try await PromoConsole.with(route) { console in
                    try await console.set("companies.allowed", "acme")
                    try await console.set("log.level", "debug")
                    try await console.set("console.port", 9)
                    try await gateway.wait("the log tells it") {
                        gateway.output.contains(
                            "companies.allowed: not set -> acme (configuration 'companies.allowed')")
                            && gateway.output.contains("log.level: info -> debug (configuration 'log.level')")
                            && gateway.output.contains(
                                "configuration 'console.port': console.port cannot come from this collection")
                    }
                    try await gateway.wait("/readyz tells it") {
                        await gateway.readiness()?.warnings.contains {
                            $0.contains("configuration 'console.port'")
                        } == true
                    }
                    try await gateway.wait("the route has started again") {
                        try await route.consumerCount() == 1
                            && gateway.output.count(of: "route catalogs starts") == 2
                    }
                    var properties = MessageProperties()
                    properties.messageId = "one"
                    let body = #"{"companyId":"napse","catalog":"catalogBrand","items":[]}"#
                    try await route.publish(postings: [
                        Posting(routingKey: route.queue, body: Array(body.utf8), properties: properties)
                    ])
                    try await gateway.wait("the company is refused") {
                        try await console.reasons().contains { $0.hasPrefix("companyNotAllowed") }
                    }

                    try await console.unset("console.port")
                    try await gateway.wait("the warning is gone") { await gateway.readiness()?.warnings == [] }
                    try Data("console: {port: 9}\n".utf8).write(
                        to: route.directory.appendingPathComponent("gateway.yaml"))
                    // The variable counts more than the file, so nothing changes by it.
                    try await console.set("rabbitMQ.prefetch", 77)
                    try await gateway.wait("the next change is reported") {
                        gateway.output.contains("rabbitMQ.prefetch: not set -> 77")
                    }
                    #expect(!gateway.output.contains("console.port: "))
                }
            }
        }

        @Test func `what the collection says wrong is told once, and the rest of it counts`() async throws {
            try await LiveRoute.with { route in
                let gateway = try await route.startReady()
                try await PromoConsole.with(route) { console in
                    try await console.set("rabbitMQ.enabeld", false)
                    try await console.set("lanes", "many")
                    try await console.set("rabbitMQ.password", "hunter2")
                    try await console.set("my settings") { document in
                        document.append("rabbitMQ", document: { $0.append("prefetch", int64: 9) })
                    }
                    try await gateway.wait("the rest is in force") {
                        gateway.output.contains("rabbitMQ.prefetch: not set -> 9 (configuration 'my settings')")
                    }
                    try await console.set("log.level", "debug")
                    try await gateway.wait("everything was read once more") {
                        gateway.output.contains("log.level: info -> debug")
                    }
                    for words in [
                        "configuration 'rabbitMQ.enabeld': unknown setting 'rabbitMQ.enabeld' (did you mean",
                        "configuration 'lanes': lanes: expected a whole number from 1 to 64, found 'many'",
                        // The URI is in the environment.
                        "configuration 'rabbitMQ.password': rabbitMQ.uri excludes rabbitMQ.password",
                    ] {
                        #expect(gateway.output.count(of: words) == 1, "\(words)")
                        #expect(await gateway.readiness()?.warnings.contains { $0.contains(words) } == true)
                    }
                    #expect(await gateway.readiness()?.isReady == true)
                    #expect(!gateway.output.contains("hunter2"))
                }
            }
        }

        @Test func `the queue may be named in the store alone`() async throws {
            try await LiveRoute.with { route in
                try await PromoConsole.with(route) { console in
                    try await console.set("rabbitMQ.endpointName", route.queue)
                    var workload = RouteWorkload(seed: 122)
                    try await route.publish(workload.next(50))
                    let gateway = try await route.startReady(["RABBITMQ_ENDPOINT_NAME": ""])
                    try await route.finish(gateway, workload)
                    try await expectExactEffect(of: workload, on: route)

                    try await console.unset("rabbitMQ.endpointName")
                    let lost = try route.start(["RABBITMQ_ENDPOINT_NAME": ""])
                    try await Patience.until("it has ended") { !lost.isRunning }
                    #expect(lost.state == "ended with code 78")
                    #expect(lost.output.contains("rabbitMQ.endpointName: not set"))
                }
            }
        }

        @Test(.enabled(if: LiveServers.areOurs))
        func `while the store is away, what it said stays in force`() async throws {
            try await LiveRoute.with { route in
                let gateway = try await route.startReady()
                try await PromoConsole.with(route) { try await $0.set("rabbitMQ.enabled", false) }
                try await gateway.wait("it is disconnected") { try await route.consumerCount() == 0 }
                try await route.servers.services("kill", .mongod)
                do {
                    try await gateway.wait("/readyz tells of the store") {
                        await gateway.readiness()?.parts["mongoDB"]?.isOK == false
                    }
                    #expect(try await route.consumerCount() == 0)
                } catch {
                    try await route.servers.services("start", .mongod)
                    throw error
                }
                try await route.servers.services("start", .mongod)
                try await gateway.waitUntilReady()
                #expect(try await route.consumerCount() == 0)
                try await PromoConsole.with(route) { try await $0.unset("rabbitMQ.enabled") }
                try await gateway.wait("it is connected") { try await route.consumerCount() == 1 }
            }
        }

        // MARK: Steps

        /// The effect is exact, and the gateway has seen each posting once: a drain leaves nothing to be delivered again.
        static func finish(_ route: LiveRoute, _ gateway: GatewayProcess, _ workload: RouteWorkload) async throws {
            try await gateway.waitUntilReady()
            try await route.waitUntilSettled(workload, by: gateway)
            let metrics = try await gateway.metrics()
            let duplicates = metrics.sum("gateway_messages_total", "outcome", "duplicate")
            #expect(duplicates == workload.postingCount - workload.messages.count, "deliveries that came again")
            try await route.finish(gateway, workload)
            try await expectExactEffect(of: workload, on: route)
        }

        private static func time(_ body: () async throws -> Void) async throws -> Duration {
            let began = ContinuousClock.now
            try await body()
            return began.duration(to: .now)
        }

        private static func words(_ times: [Duration]) -> String {
            let sorted = times.sorted()
            guard let last = sorted.last else { return "-" }
            return "\(sorted[sorted.count / 2]) in the middle, \(last) at most of \(sorted.count)"
        }
    }
}

extension String {
    /// How often a text is in it.
    func count(of words: String) -> Int { ranges(of: words).count }
}
