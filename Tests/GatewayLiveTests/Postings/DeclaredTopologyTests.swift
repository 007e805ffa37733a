import Contracts
import Foundation
import Ingest
import IngestTesting
import JSON
import RabbitMQ
import Testing

extension RouteLiveTests {
    /// Exchanges, queues and bindings that mappings declare, on sources, targets and feeds.
    @Suite("what mappings declare", .enabled(if: LiveServers.areThere))
    struct DeclaredTopologies {
        private static func topology(_ route: LiveRoute) throws -> Topology {
            Topology(address: try BrokerAddress(uri: route.servers.brokerURI))
        }

        private static func write(_ mapping: String, for route: LiveRoute) throws -> [String: String] {
            let directory = route.directory.appendingPathComponent("mappings")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            try Data(mapping.utf8).write(to: directory.appendingPathComponent("routes.yaml"))
            return ["MAPPINGS_DIRECTORY": directory.path]
        }

        private static func brand(_ number: Int, to exchange: String, key: String) -> Posting {
            var properties = MessageProperties()
            properties.messageId = ByteString("brand-\(number)")
            let body =
                #"{"companyId":"napse","catalog":"catalogBrand","items":[{"operation":"IU","code":"b\#(number)","name":"n"}]}"#
            return Posting(exchange: exchange, routingKey: key, body: Array(body.utf8), properties: properties)
        }

        /// Publishes until each is taken by a queue: what has none comes back, and is sent again.
        private static func publish(_ postings: [Posting], for route: LiveRoute) async throws {
            var rest = postings[...]
            let publisher = PublisherConnection(
                address: try BrokerAddress(uri: route.servers.brokerURI), logger: LiveFeed.logger)
            try await Patience.until("the broker has \(postings.count) messages in a queue") {
                let results = await publisher.publish(Array(rest))
                rest = rest.dropFirst(results.prefix { $0 == .confirmed }.count)
                return rest.isEmpty
            }
            await publisher.close()
        }

        @Test func `exchange and queue are deleted again and again under load: every posting arrives`() async throws {
            try await LiveRoute.with { route in
                let topology = try Self.topology(route)
                let posted = try PostedQueue(of: route, "posted")
                let audit = try PostedQueue(of: route, "audit")
                let exchange = route.queue + ".out"
                let settings = try Self.write(
                    """
                    routes:
                      catalogs:
                        from: { amqp: { queue: { setting: rabbitMQ.endpointName } } }
                        message: catalog
                        to:
                          - mongodb
                          - amqp:
                              exchange: \(exchange)
                              routingKey: { concat: [$.companyId, ".", $.catalog] }
                              declare:
                                exchanges: [{ name: \(exchange), type: topic }]
                                queues:
                                  - { name: \(posted.name), bindings: [{ exchange: \(exchange), routingKey: "#" }] }
                                  - name: \(audit.name)
                                    arguments: { x-queue-type: quorum }
                                    bindings: [{ exchange: \(exchange), routingKey: "*.*" }]
                    """, for: route)
                let gateway = try await route.startReady(settings)
                var workload = try await route.underLoad(of: RouteWorkload(seed: 31)) {
                    for round in 1...6 {
                        try await Task.sleep(for: .milliseconds(900))
                        if round % 2 == 0 { try await topology.deleteQueue(posted.name) }
                        try await topology.deleteExchange(exchange)
                        if round % 2 == 1 { try await topology.deleteQueue(posted.name) }
                    }
                }
                try await route.waitUntilSettled(workload, by: gateway)
                try await gateway.wait("nothing waits in gateway.postings", within: .seconds(60)) {
                    try await route.store.count("gateway.postings") == 0
                }
                let outcomes = try await route.store.ledger().values.reduce(into: OutcomeCounts()) {
                    $0 += $1.outcomes
                }
                let changes = outcomes[.inserted] + outcomes[.updated] + outcomes[.deleted]
                let received = try await audit.receive()
                let different = Set(received.map(\.id)).count
                print("route: \(changes) changes, \(received.count) postings, \(different) different")
                #expect(changes > 1000 && different == changes)

                // The other queue is there again, too, and has all that came since.
                let before = try await posted.length
                let more = (0..<20).map { _ in workload.next() }
                try await route.publish(more)
                try await route.waitUntilSettled(workload, by: gateway)
                try await gateway.wait("nothing waits in gateway.postings") {
                    try await route.store.count("gateway.postings") == 0
                }
                #expect(try await posted.length - before == (try await audit.length))
                #expect(try await gateway.terminate().code == 0)
                try await posted.delete()
                try await audit.delete()
                try await topology.deleteExchange(exchange)
            }
        }

        @Test func `a feed's exchange is deleted again and again while it publishes: every document arrives`()
            async throws
        {
            try await LiveFeed.with(queue: nil) { live in
                let exchange = live.queue + ".out"
                let directory = try Scratch.directory()
                defer { try? FileManager.default.removeItem(at: directory) }
                try Data(
                    """
                    routes:
                      limits:
                        from:
                          mongodb: { collection: \(live.collection), every: 1s, progress: { field: lastUpdate }, batch: 100 }
                        message: document
                        to:
                          amqp:
                            exchange: \(exchange)
                            routingKey: ""
                            declare:
                              exchanges: [{ name: \(exchange), type: fanout }]
                              queues: [{ name: \(live.queue), bindings: [{ exchange: \(exchange) }] }]
                    """.utf8
                ).write(to: directory.appendingPathComponent("limits.yaml"))
                try await live.insert(0..<20_000)
                let gateway = try GatewayProcess(
                    [
                        "RABBITMQ_URI": live.servers.brokerURI, "RABBITMQ_ENABLED": "false",
                        "MONGODB_URI": live.servers.storeURI, "MONGODB_DATABASE": live.database,
                        "MAPPINGS_DIRECTORY": directory.path,
                    ], in: directory)
                do {
                    try await Patience.until("the queue is declared") {
                        (try? await live.topology.queue(live.queue)) != nil
                    }
                    for count in stride(from: 1000, through: 16_000, by: 5000) {
                        try await live.waitForMessages(count)
                        try await live.topology.deleteExchange(exchange)
                    }
                    try await live.waitForMessages(20_000)
                    try await Patience.until("no row waits") { try await live.postingRows().isEmpty }
                } catch {
                    try? await gateway.kill()
                    throw error
                }
                #expect(try await gateway.terminate().code == 0)
                let received = try await live.receive()
                print("route: 20000 documents, \(received.count) postings")
                #expect(Set(received.map(\.number)) == Set(0..<20_000))
                #expect(Set(received.map(\.id)).count == 20_000)
                try await live.topology.deleteExchange(exchange)
            }
        }

        @Test func `a source is bound to its exchange, and again after both were deleted`() async throws {
            try await LiveRoute.with { route in
                let topology = try Self.topology(route)
                let (exchange, queue) = (route.queue + ".in", route.queue + ".own")
                let settings = try Self.write(
                    """
                    routes:
                      brands:
                        from:
                          amqp:
                            queue: \(queue)
                            declare:
                              arguments: { x-queue-type: quorum }
                              exchanges: [{ name: \(exchange), type: topic }]
                              bindings: [{ exchange: \(exchange), routingKey: brand.# }]
                        message: catalog
                    """, for: route)
                let gateway = try await route.startReady(settings)
                var count = 0
                func send(_ words: String) async throws {
                    try await Self.publish(
                        (count..<count + 50).map { Self.brand($0, to: exchange, key: "brand.new.\($0)") }, for: route)
                    count += 50
                    try await gateway.wait("\(count) messages are settled \(words)", within: .seconds(30)) {
                        try await route.store.settledMessages() == count
                    }
                }
                try await send("at first")
                try await topology.deleteExchange(exchange)
                try await send("after the exchange was deleted")
                try await topology.deleteExchange(exchange)
                try await topology.deleteQueue(queue)
                try await send("after both were deleted")
                try await topology.deleteQueue(queue)
                try await send("after the queue was deleted")
                #expect(try await gateway.terminate().code == 0)
                try await route.delete(queue: queue)
                try await topology.deleteExchange(exchange)
            }
        }

        @Test func `nothing is consumed from or published to what differs until it is right, and nothing is lost`()
            async throws
        {
            try await LiveRoute.with { route in
                let topology = try Self.topology(route)
                let (source, target) = (route.queue + ".in", route.queue + ".out")
                let posted = try PostedQueue(of: route, "posted")
                let settings = try Self.write(
                    """
                    routes:
                      brands:
                        from:
                          amqp:
                            queue: { setting: rabbitMQ.endpointName }
                            declare:
                              exchanges: [{ name: \(source), type: direct, durable: true }]
                              bindings: [{ exchange: \(source), routingKey: brand }]
                        message: catalog
                        to:
                          - mongodb
                          - amqp:
                              exchange: \(target)
                              routingKey: brand
                              body: item
                              declare:
                                exchanges: [{ name: \(target), type: topic, arguments: { alternate-exchange: other } }]
                                queues: [{ name: \(posted.name), bindings: [{ exchange: \(target), routingKey: brand }] }]
                    """, for: route)
                try await topology.declareExchange(source, kind: "fanout")
                try await topology.declareExchange(target, kind: "topic")
                try await Self.publish((0..<10).map { Self.brand($0, to: "", key: route.queue) }, for: route)
                let gateway = try route.start(settings)
                try await gateway.wait("/readyz tells what differs at the source") {
                    let readiness = await gateway.readiness()
                    let detail = readiness?.parts["rabbitMQ"]?.detail ?? ""
                    return readiness?.status == 503
                        && detail.contains("inequivalent arg 'type' for exchange '\(source)'")
                        && detail.contains("received 'direct' but current is 'fanout'")
                        && detail.contains("policy: passive")
                }
                #expect(try await route.queueLength() == 10)
                #expect(try await route.consumerCount() == 0)

                try await topology.deleteExchange(source)
                try await gateway.wait("the banner tells what differs at the target", within: .seconds(20)) {
                    let warnings = await gateway.readiness()?.warnings ?? []
                    return try await route.store.settledMessages() == 10
                        && warnings.count {
                            $0.contains("inequivalent arg 'alternate-exchange' for exchange '\(target)'")
                                && $0.contains("policy: passive")
                        } >= 2
                }
                #expect(gateway.output.contains("inequivalent arg 'alternate-exchange'"))
                #expect(try await route.store.count("gateway.postings") == 10)
                #expect(try await posted.length == 0)

                try await topology.deleteExchange(target)
                try await gateway.wait("the postings have arrived, and the banner is gone", within: .seconds(30)) {
                    let waiting = try await route.store.count("gateway.postings")
                    return await gateway.readiness()?.warnings.isEmpty == true && waiting == 0
                }
                #expect(Set(try await posted.receive().map(\.id)).count == 10)
                #expect(try await gateway.terminate().code == 0)
                try await posted.delete()
                try await topology.deleteExchange(source)
                try await topology.deleteExchange(target)
            }
        }
    }
}
