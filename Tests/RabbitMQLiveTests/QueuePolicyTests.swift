import Contracts
import RabbitMQ
import Testing

extension RabbitMQLiveTests {
    @Suite("a queue must be as it is declared")
    struct QueuePolicies {
        private static let quorum = QueueProperties(arguments: [
            .init(name: "x-queue-type", value: .string("quorum")), .init(name: "x-delivery-limit", value: .integer(20)),
        ])

        private func consumer(_ queue: String, _ policy: QueuePolicy) throws -> Consumer {
            var options = ConsumerOptions()
            options.queuePolicy = policy
            return try Consumer(queue, options: options)
        }

        @Test("declare: made where there is none, with typed arguments, and taken where it is the like")
        func declares() async throws {
            let topology = Topology(address: try LiveBroker.address())
            try await LiveBroker.withQueue { queue in
                for properties in [
                    Self.quorum,
                    QueueProperties(
                        isDurable: false,
                        arguments: [
                            .init(name: "x-message-ttl", value: .integer(60_000)),
                            .init(name: "x-single-active-consumer", value: .bool(true)),
                            .init(name: "own", value: .array([.string("a"), .integer(1), .bool(false)])),
                        ]),
                ] {
                    try await topology.deleteQueue(queue)
                    for _ in 1...2 {
                        var consumer = try consumer(queue, .declare(properties))
                        try await consumer.waitUntilUp()
                        await consumer.source.close()
                    }
                    try await topology.declareQueue(
                        queue, isDurable: properties.isDurable, arguments: properties.arguments)
                }
            }
        }

        @Test("another queue than the declared one: down, with what differs and what to do")
        func differs() async throws {
            try await LiveBroker.withQueue { queue in
                for policy in [QueuePolicy.declare(Self.quorum), .assert(Self.quorum)] {
                    var consumer = try consumer(queue, policy)
                    let reason = try await consumer.waitUntilDown()
                    #expect(reason.contains("PRECONDITION_FAILED: inequivalent arg 'x-queue-type'"), "\(reason)")
                    #expect(reason.contains("received the value 'quorum'"), "\(reason)")
                    #expect(reason.contains("write 'policy: passive' to use the queue as it is"), "\(reason)")
                    await consumer.source.close()
                }
                var taken = try consumer(queue, .passive)
                try await taken.waitUntilUp()
                await taken.source.close()
                // As it was.
                try await Topology(address: LiveBroker.address()).declareQueue(queue)
            }
        }

        @Test("passive and assert: waited for until someone makes it")
        func waits() async throws {
            let topology = Topology(address: try LiveBroker.address())
            try await LiveBroker.withQueue { queue in
                for policy in [QueuePolicy.passive, .assert(QueueProperties())] {
                    try await topology.deleteQueue(queue)
                    var consumer = try consumer(queue, policy)
                    let reason = try await consumer.waitUntilDown()
                    #expect(reason.contains("no queue '\(queue)'"), "\(reason)")
                    #expect(reason.contains("waiting until it is created"), "\(reason)")
                    await #expect(throws: AMQPError.self) { try await topology.queue(queue) }
                    try await topology.declareQueue(queue)
                    try await consumer.waitUntilUp()
                    await consumer.source.close()
                }
            }
        }
    }
}
