import Ingest
import Contracts
import IngestTesting
import Testing

extension RouteLiveTests {
    /// The broker gives all messages to one gateway until that is gone; then to the next. So the order holds,
    /// whichever gateway dies.
    @Suite("gateways on a queue with a single active consumer", .enabled(if: LiveServers.areOurs))
    struct SingleActiveConsumer {
        private static let arguments = [MessageProperties.Header(name: "x-single-active-consumer", value: .bool(true))]
        private static let settings = ["LIMITS_BATCH_ITEMS": "50"]

        @Test func `the active one killed five times under load: the next goes on in order`() async throws {
            try await LiveRoute.with(queueArguments: Self.arguments) { route in
                var active = try await route.startReady(Self.settings)
                var next = try await route.startReady(Self.settings)
                let workload = try await route.underLoad(of: RouteWorkload(seed: 160), perSecond: 600) {
                    for _ in 1...5 {
                        let settled = try await route.store.settledMessages()
                        try await active.wait("the active one is at work") {
                            try await route.store.settledMessages() > settled + 30
                        }
                        #expect(try await Self.messages(of: next) == 0, "both are active")
                        try await active.kill()
                        try await next.wait("the next one takes over") { try await Self.messages(of: next) > 0 }
                        active = next
                        next = try await route.startReady(Self.settings)
                    }
                }
                try await next.kill()
                try await route.finish(active, workload)
                try await expectExactEffect(of: workload, on: route)
                try await expectEachEffectOnceInTheLog(of: workload, on: route)
            }
        }

        @Test func `the active one frozen in a transaction and cut off: what it does when it wakes has no effect`()
            async throws
        {
            try await LiveRoute.with(queueArguments: Self.arguments) { route in
                let frozen = try await route.startReady(Self.settings)
                let other = try await route.startReady(Self.settings)
                let workload = try await route.underLoad(of: RouteWorkload(seed: 161), perSecond: 600) {
                    try await frozen.wait("it is frozen in a transaction", every: .milliseconds(1)) {
                        try frozen.freeze()
                        if try await route.store.openTransactions() > 0 { return true }
                        try frozen.thaw()
                        return false
                    }
                    // The one that can, connects again and is the active one then.
                    try await route.servers.control("close_all_connections", "test")
                    try await other.wait("the other takes over", within: .seconds(45)) {
                        try await Self.messages(of: other) > 100
                    }
                    try frozen.thaw()
                    let settled = try await route.store.settledMessages()
                    try await other.wait("the other goes on") {
                        try await route.store.settledMessages() > settled + 100
                    }
                }
                #expect(try await frozen.terminate().code == 0)
                try await route.finish(other, workload)
                try await expectExactEffect(of: workload, on: route)
                try await expectEachEffectOnceInTheLog(of: workload, on: route)
            }
        }

        /// Messages that this gateway has settled.
        private static func messages(of gateway: GatewayProcess) async throws -> Int {
            try await gateway.metrics().sum("gateway_messages_total")
        }
    }
}
