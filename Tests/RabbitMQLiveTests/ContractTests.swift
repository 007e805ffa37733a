import Contracts
import IngestTesting
import RabbitMQ
import Testing

extension RabbitMQLiveTests {
    /// The contracts that stand-ins keep in tests, kept by a live broker.
    @Suite("keeps the contract of")
    struct ContractTests {
        private struct Bench: SourceBench, PublisherBench {
            let queue: String

            func send(_ texts: [String]) async throws {
                try await LiveBroker.publish(
                    texts.map { Posting(routingKey: queue, body: Array($0.utf8), properties: MessageProperties()) })
            }

            func waiting() async throws -> Int {
                try await Topology(address: LiveBroker.address()).queue(queue).messageCount
            }

            func open(prefetch: Int) async throws -> ConsumerConnection {
                // As a gateway opens it.
                var options = ConsumerOptions()
                options.followsPipeline = true
                return ConsumerConnection(
                    address: try LiveBroker.address(), queue: queue, prefetch: UInt16(prefetch),
                    logger: LiveBroker.logger, options: options)
            }

            func open() async throws -> PublisherConnection {
                PublisherConnection(address: try LiveBroker.address(), logger: LiveBroker.logger)
            }

            func receive() async throws -> [String] {
                let count = try await waiting()
                guard count > 0 else { return [] }
                var consumer = try Consumer(queue, prefetch: 1000)
                let deliveries = try await consumer.deliveries(count)
                consumer.source.acknowledge(upTo: deliveries[count - 1].tag)
                await consumer.source.close()
                return deliveries.map { String(decoding: $0.body, as: UTF8.self) }
            }
        }

        @Test(arguments: SourceContract.allCases)
        func `a source`(_ clause: SourceContract) async throws {
            try await LiveBroker.withQueue { try await clause.check(on: Bench(queue: $0)) }
        }

        @Test(arguments: PublisherContract.allCases)
        func `a publisher`(_ clause: PublisherContract) async throws {
            try await LiveBroker.withQueue { try await clause.check(on: Bench(queue: $0)) }
        }
    }
}
