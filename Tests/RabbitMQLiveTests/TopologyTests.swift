import Foundation
import RabbitMQ
import Testing

extension RabbitMQLiveTests {
    @Suite("looks after queues")
    struct TopologyTests {
        @Test("declares, counts, empties and deletes them")
        func queues() async throws {
            let topology = Topology(address: try LiveBroker.address())
            try await LiveBroker.withQueue { queue in
                #expect(try await topology.queue(queue) == QueueState(messageCount: 0, consumerCount: 0))
                try await LiveBroker.publish(count: 7, to: queue)
                let missing = "test.\(UUID().uuidString)"
                #expect(
                    try await topology.queues([missing, queue, missing]).map { $0?.messageCount } == [nil, 7, nil])
                #expect(try await topology.purgeQueue(queue) == 7)
                try await LiveBroker.publish(count: 2, to: queue)
                #expect(try await topology.deleteQueue(queue) == 2)
                #expect(try await topology.deleteQueue(queue) == 0)
                let error = await #expect(throws: AMQPError.self) { try await topology.queue(queue) }
                #expect(error?.code == .notFound)
                #expect(error?.number == 404)
            }
        }

        @Test("says what stands in the way")
        func errors() async throws {
            let topology = Topology(address: try LiveBroker.address())
            try await LiveBroker.withQueue { queue in
                let different = await #expect(throws: AMQPError.self) {
                    try await topology.declareQueue(queue, isDurable: false)
                }
                #expect(different?.code == .preconditionFailed)
                let unbound = await #expect(throws: AMQPError.self) {
                    try await topology.bindQueue(queue, to: "test.no-such-exchange", routingKey: "k")
                }
                #expect(unbound?.code == .notFound)
            }
            let tooLong = await #expect(throws: AMQPError.self) {
                try await topology.queue(String(repeating: "q", count: 256))
            }
            #expect(tooLong?.code == .unsendable)
            let nowhere = Topology(address: try BrokerAddress(host: "127.0.0.1", port: 1))
            let unreachable = await #expect(throws: AMQPError.self) { try await nowhere.queue("q") }
            #expect(unreachable?.code == .unreachable)
            let noHost = Topology(address: try BrokerAddress(host: "no-such-host.invalid"))
            let unresolved = await #expect(throws: AMQPError.self) { try await noHost.queue("q") }
            #expect(unresolved?.code == .unreachable)
            #expect(unresolved?.message.contains("cannot be resolved") == true)
        }

        @Test("TCP_NODELAY and the name in the broker's list are set", .enabled(if: LiveBroker.isOurs))
        func connectionDetails() async throws {
            try await LiveBroker.withQueue { queue in
                var consumer = try Consumer(queue)
                try await consumer.waitUntilUp()
                let list = try await LiveBroker.control("list_connections", "name", "client_properties", "timeout")
                #expect(list.contains("Promo Gateway: consumer of \(queue)"))
                #expect(list.contains("connection.blocked"))
                await consumer.source.close()
            }
        }
    }
}
