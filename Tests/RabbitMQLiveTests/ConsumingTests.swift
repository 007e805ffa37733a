import Documents
import Pipeline
import RabbitMQ
import Testing

extension RabbitMQLiveTests {
    @Suite("consumes")
    struct Consuming {
        @Test("in order, never more than the prefetch count at a time, acknowledging several at once")
        func inOrder() async throws {
            try await LiveBroker.withQueue { queue in
                try await LiveBroker.publish(count: 100, to: queue)
                var consumer = try Consumer(queue, prefetch: 10)
                var next = 0
                while next < 100 {
                    let deliveries = try await consumer.deliveries(10)
                    #expect(deliveries.map(\.number) == Array(next..<next + 10))
                    #expect(deliveries.allSatisfy { !$0.isRedelivered && $0.queue == queue })
                    // The broker has no more for us before an acknowledgement comes.
                    #expect(try await Topology(address: LiveBroker.address()).queue(queue).messageCount == 90 - next)
                    next += 10
                    // Three acknowledgements where one would do; the first two add nothing.
                    consumer.source.acknowledge(upTo: deliveries[9].tag)
                    consumer.source.acknowledge(upTo: deliveries[4].tag)
                    consumer.source.acknowledge(upTo: deliveries[9].tag)
                }
                #expect(consumer.source.health.state == .up)
                await consumer.source.close()
                #expect(
                    try await Topology(address: LiveBroker.address()).queue(queue)
                        == QueueState(messageCount: 0, consumerCount: 0))
            }
        }
    }
}
