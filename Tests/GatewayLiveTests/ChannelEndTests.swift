import Ingest
import Contracts
import IngestTesting
import JSON
import RabbitMQ
import Testing

extension RouteLiveTests {
    /// Messages without a message-id, of which the broker gives out again what a gateway holds: the ledger cannot tell a first
    /// delivery that is late from another message of the same text.
    @Suite("deliveries of a channel that has ended, without message-ids", .enabled(if: LiveServers.areOurs))
    struct ChannelEnds {
        private static let sac = [MessageProperties.Header(name: "x-single-active-consumer", value: .bool(true))]
        private static let quorum =
            [MessageProperties.Header(name: "x-queue-type", value: .string("quorum"))] + sac
        private static let settings = ["LIMITS_BATCH_ITEMS": "5", "RABBITMQ_PREFETCH": "60"]

        /// Each sets a field of one of a few records, so that a late application is visible.
        private static func next(_ count: Int, in workload: inout RouteWorkload) -> [SentMessage] {
            (0..<count).map { _ in
                let number = workload.messages.count
                let code = "k\(number % 3)"
                let item = WorkloadItem(
                    "IU", company: "napse", key: [code],
                    members: [("code", "\"\(code)\""), ("name", "\"n\(number)\"")])
                return workload.add([item], "napse", .catalogBrand, withID: false)
            }
        }

        @Test("the active one frozen with deliveries in hand, and the other goes on", arguments: [sac, quorum])
        func frozen(arguments: [MessageProperties.Header]) async throws {
            try await LiveRoute.with(queueArguments: arguments) { route in
                var workload = RouteWorkload(seed: 170)
                let frozen = try await route.startReady(Self.settings)
                let other = try await route.startReady(Self.settings)
                try await route.publish(Self.next(400, in: &workload))
                try await frozen.wait("it is frozen with deliveries in hand", every: .milliseconds(1)) {
                    try await route.store.settledMessages() > 20
                }
                try frozen.freeze()
                // Those of the frozen one are closed as well: the broker gives what it holds to the other.
                try await route.servers.control("close_all_connections", "test")
                try await route.publish(Self.next(200, in: &workload))
                try await other.wait("the other takes over", within: .seconds(60)) {
                    try await route.store.settledMessages() >= workload.messages.count
                }
                try frozen.thaw()
                try await frozen.wait("the frozen one is back") { await frozen.readiness()?.isReady == true }
                #expect(try await frozen.terminate().code == 0)
                try await route.finish(other, workload)
                try await expectExactEffect(of: workload, on: route)
                try await expectEachEffectOnceInTheLog(of: workload, on: route)
            }
        }

        @Test func `connections cut and gateways killed under load`() async throws {
            try await LiveRoute.with(queueArguments: Self.quorum) { route in
                var workload = RouteWorkload(seed: 171)
                var gateways = [try await route.startReady(Self.settings), try await route.startReady(Self.settings)]
                for round in 0..<6 {
                    try await route.publish(Self.next(150, in: &workload))
                    if round.isMultiple(of: 2) {
                        try await route.servers.control("close_all_connections", "test \(round)")
                    } else {
                        try await gateways.removeFirst().kill()
                        gateways.append(try await route.startReady(Self.settings))
                    }
                }
                try await gateways[1].kill()
                try await route.finish(gateways[0], workload)
                try await expectExactEffect(of: workload, on: route)
                try await expectEachEffectOnceInTheLog(of: workload, on: route)
            }
        }

        @Test func `the active one told to stop under load: the next one begins where it has ended`() async throws {
            try await LiveRoute.with(queueArguments: Self.sac) { route in
                var workload = RouteWorkload(seed: 172)
                var gateways = [try await route.startReady(Self.settings), try await route.startReady(Self.settings)]
                for _ in 0..<4 {
                    try await route.publish(Self.next(200, in: &workload))
                    #expect(try await gateways.removeFirst().terminate().code == 0)
                    gateways.append(try await route.startReady(Self.settings))
                }
                #expect(try await gateways.removeLast().terminate().code == 0)
                try await route.finish(gateways[0], workload)
                try await expectExactEffect(of: workload, on: route)
                try await expectEachEffectOnceInTheLog(of: workload, on: route)
            }
        }
    }

    /// A quorum queue that drops messages returned a few times, and a broker that closes a channel that holds a delivery for a
    /// few seconds.
    @Suite("a queue with a delivery limit, and no dead-letter exchange", .enabled(if: LiveServers.areOurs))
    struct DeliveryLimits {
        private static let arguments = [
            MessageProperties.Header(name: "x-queue-type", value: .string("quorum")),
            MessageProperties.Header(name: "x-delivery-limit", value: .integer(2)),
        ]

        @Test(
            "the store away for many times the broker's patience: nothing is dropped",
            arguments: [LiveServers.Server.mongod], [true, false])
        func outage(server: LiveServers.Server, hangs: Bool) async throws {
            try await LiveRoute.with(queueArguments: Self.arguments) { route in
                try await Self.withShortTimers(route) {
                    var workload = RouteWorkload(seed: 173, .peaceful)
                    let gateway = try await route.startReady([
                        "MONGODB_URI": route.servers.storeURI + "&socketTimeoutMS=3000",
                        "GATEWAY_OUTAGE_PATIENCE_MS": hangs ? "60000" : "2000",
                    ])
                    try await route.publish(workload.next(20))
                    try await route.waitUntilSettled(workload, by: gateway)
                    try await route.servers.services(hangs ? "pause" : "kill", server)
                    do {
                        for _ in 0..<50 { try await route.publish([workload.next()]) }
                        try await Task.sleep(for: .seconds(25))
                        #expect(try await route.queueLength() > 0, "it holds messages that it cannot settle")
                        try await route.servers.control("close_all_connections", "test")
                        try await Task.sleep(for: .seconds(3))
                    } catch {
                        try await route.servers.services(hangs ? "resume" : "start", server)
                        throw error
                    }
                    try await route.servers.services(hangs ? "resume" : "start", server)
                    try await route.finish(gateway, workload)
                    try await expectExactEffect(of: workload, on: route)
                }
            }
        }

        @Test func `a gateway that starts while the store is away holds nothing`() async throws {
            try await LiveRoute.with(queueArguments: Self.arguments) { route in
                var workload = RouteWorkload(seed: 174, .peaceful)
                try await route.publish(workload.next(50))
                try await route.servers.services("kill", .mongod)
                let gateway = try route.start()
                do {
                    try await gateway.wait("/readyz tells of the store") {
                        await gateway.readiness()?.parts["mongoDB"]?.isOK == false
                    }
                    try await Task.sleep(for: .seconds(2))
                    #expect(try await route.consumerCount() == 0)
                } catch {
                    try await route.servers.services("start", .mongod)
                    throw error
                }
                try await route.servers.services("start", .mongod)
                try await route.finish(gateway, workload)
                try await expectExactEffect(of: workload, on: route)
            }
        }

        /// The broker closes a channel whose deliveries are not acknowledged within five seconds, and looks every second.
        private static func withShortTimers(_ route: LiveRoute, _ body: () async throws -> Void) async throws {
            func set(_ name: String, _ value: String) async throws {
                try await route.servers.control("eval", "application:set_env(rabbit, \(name), \(value)).")
            }
            try await set("consumer_timeout", "5000")
            try await set("channel_tick_interval", "1000")
            do {
                try await body()
            } catch {
                try await set("consumer_timeout", "1800000")
                try await set("channel_tick_interval", "60000")
                throw error
            }
            try await set("consumer_timeout", "1800000")
            try await set("channel_tick_interval", "60000")
        }
    }

    @Suite("a stream in the place of a queue", .enabled(if: LiveServers.areThere))
    struct Streams {
        @Test func `is refused with what to do, and nothing of it is read`() async throws {
            let arguments = [MessageProperties.Header(name: "x-queue-type", value: .string("stream"))]
            try await LiveRoute.with(queueArguments: arguments) { route in
                var workload = RouteWorkload(seed: 175, .peaceful)
                try await route.publish(workload.next(5))
                let gateway = try route.start()
                try await gateway.wait("/readyz tells of it") {
                    guard let part = await gateway.readiness()?.parts["rabbitMQ"] else { return false }
                    return !part.isOK && part.detail.contains("is a stream")
                }
                let readiness = await gateway.readiness()
                #expect(readiness?.status == 503)
                try await route.publish(workload.next(5))
                #expect(try await gateway.terminate().code == 0)
                #expect(try await route.store.settledMessages() == 0)
            }
        }
    }
}
