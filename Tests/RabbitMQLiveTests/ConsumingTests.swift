import Contracts
import JSON
import RabbitMQ
import Testing

extension RabbitMQLiveTests {
    @Suite("consumes")
    struct Consuming {
        private func state(of queue: String) async throws -> QueueState {
            try await Topology(address: LiveBroker.address()).queue(queue)
        }

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
                    #expect(try await state(of: queue).messageCount == 90 - next)
                    next += 10
                    // Three acknowledgements where one would do; the last two add nothing.
                    consumer.source.acknowledge(upTo: deliveries[9].tag)
                    consumer.source.acknowledge(upTo: deliveries[4].tag)
                    consumer.source.acknowledge(upTo: deliveries[9].tag)
                }
                #expect(consumer.source.health.state == .up)
                await consumer.source.close()
                #expect(try await state(of: queue) == QueueState(messageCount: 0, consumerCount: 0))
            }
        }

        @Test("what was not acknowledged comes again, marked, and nothing else")
        func redelivers() async throws {
            try await LiveBroker.withQueue { queue in
                try await LiveBroker.publish(count: 20, to: queue)
                var first = try Consumer(queue)
                let deliveries = try await first.deliveries(20)
                first.source.acknowledge(upTo: deliveries[6].tag)
                await first.source.close()

                var second = try Consumer(queue)
                let again = try await second.deliveries(13)
                #expect(again.map(\.number) == Array(7..<20))
                #expect(again.allSatisfy { $0.isRedelivered })
                second.source.acknowledge(upTo: again[12].tag)
                await second.source.close()
                #expect(try await state(of: queue).messageCount == 0)
            }
        }

        @Test("nothing more once stopped, while what is out may still be acknowledged")
        func stops() async throws {
            try await LiveBroker.withQueue { queue in
                try await LiveBroker.publish(count: 5, to: queue)
                var consumer = try Consumer(queue)
                let deliveries = try await consumer.deliveries(5)
                consumer.source.stop()
                #expect(await consumer.nextEvent() == nil)
                try await LiveBroker.publish(count: 5, to: queue, from: 5)
                consumer.source.acknowledge(upTo: deliveries[4].tag)
                await consumer.source.close()
                #expect(try await state(of: queue) == QueueState(messageCount: 5, consumerCount: 0))
            }
        }

        @Test("large messages that nobody takes stay with the broker, and all come once they are taken")
        func bytesThatWait() async throws {
            try await LiveBroker.withQueue { queue in
                let count = 60
                let body = [UInt8](repeating: 7, count: 1 << 20)
                let posting = Posting(routingKey: queue, body: body, properties: .init())
                for _ in 0..<(count / 10) {
                    try await LiveBroker.publish(Array(repeating: posting, count: 10))
                }
                var options = ConsumerOptions()
                options.waitingBytes = 4 << 20
                options.heartbeat = 2
                let source = ConsumerConnection(
                    address: try LiveBroker.address(), queue: queue, prefetch: 500, logger: LiveBroker.logger,
                    options: options)
                // Longer than the broker waits for a heartbeat.
                try await Task.sleep(for: .seconds(6))
                #expect(source.health.state == .up)

                var taken = 0
                var channels: Set<UInt64> = []
                for await event in source.events {
                    guard case .deliveries(let deliveries) = event else { continue }
                    taken += deliveries.count
                    channels.formUnion(deliveries.map(\.tag.channel))
                    if let last = deliveries.last { source.acknowledge(upTo: last.tag) }
                    if taken == count { break }
                }
                #expect(taken == count)
                #expect(channels.count == 1)
                await source.close()
                #expect(try await state(of: queue).messageCount == 0)
            }
        }

        @Test(
            "bodies of nothing and of ten megabytes, each as it was sent",
            arguments: [0, 1, 131_000, 131_064, 10_000_000])
        func bodies(_ size: Int) async throws {
            let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            try await LiveBroker.withQueue { queue in
                let posting = Posting(routingKey: queue, body: body, properties: .init())
                try await LiveBroker.publish([posting, .numbered(1, to: queue), posting])
                var consumer = try Consumer(queue)
                let deliveries = try await consumer.deliveries(3)
                #expect(deliveries[0].body == body)
                #expect(deliveries[1].number == 1)
                #expect(deliveries[2].body == body)
                await consumer.source.close()
            }
        }

        @Test("every property, and headers of every type, nested sixty deep, with empty names")
        func properties() async throws {
            var properties = MessageProperties()
            properties.contentType = "application/json"
            properties.contentEncoding = "identity"
            properties.isPersistent = true
            properties.priority = 7
            properties.correlationId = "c"
            properties.replyTo = "r"
            properties.expiration = "600000"
            properties.messageId = "é m"
            properties.timestamp = 1_700_000_000
            properties.type = "t"
            properties.userId = ByteString(try LiveBroker.address().username)
            properties.appId = "app"
            let nested = (0..<60).reduce(HeaderValue.integer(-1)) { value, level in
                level.isMultiple(of: 2) ? .array([value]) : .table([.init(name: "n", value: value)])
            }
            properties.headers = [
                .init(name: "null", value: .null), .init(name: "bool", value: .bool(true)),
                .init(name: "integer", value: .integer(.min)), .init(name: "double", value: .double(0.1)),
                .init(name: "decimal", value: .decimal(value: 314, scale: 2)),
                .init(name: "string", value: .string("añ\u{0}o")), .init(name: "bytes", value: .bytes([0, 255])),
                .init(name: "timestamp", value: .timestamp(1)),
                .init(name: "array", value: .array([.null, .bool(false)])),
                .init(name: "table", value: .table([.init(name: "", value: .integer(1))])),
                .init(name: "nested", value: nested), .init(name: "", value: .string("no name")),
            ]
            try await LiveBroker.withQueue { queue in
                try await LiveBroker.publish([
                    Posting(routingKey: queue, body: [1], properties: properties), .numbered(2, to: queue),
                ])
                var consumer = try Consumer(queue)
                let deliveries = try await consumer.deliveries(2)
                var received = deliveries[0].properties
                // The broker may keep a table in another order.
                #expect(Set(received.headers.map(\.name)) == Set(properties.headers.map(\.name)))
                for header in properties.headers {
                    #expect(received.headers.first { $0.name == header.name }?.value == header.value)
                }
                received.headers = properties.headers
                #expect(received == properties)
                #expect(deliveries[1].number == 2)
                await consumer.source.close()
            }
        }

        @Test("a message whose headers the broker has made larger than a frame")
        func grownHeaders() async throws {
            let address = try LiveBroker.address()
            try await LiveBroker.withQueue { queue in
                let arguments: [MessageProperties.Header] = [
                    .init(name: "x-dead-letter-exchange", value: .string("")),
                    .init(name: "x-dead-letter-routing-key", value: .string(queue)),
                    .init(name: "x-message-ttl", value: .integer(0)),
                ]
                try await LiveBroker.withQueue(arguments: arguments) { dying in
                    var posting = Posting.numbered(1, to: dying)
                    posting.properties.headers = [
                        .init(name: "x", value: .string(String(repeating: "y", count: 131_000)))
                    ]
                    try await LiveBroker.publish([posting, .numbered(2, to: dying)])
                    var consumer = try Consumer(queue, address: address)
                    let deliveries = try await consumer.deliveries(2)
                    #expect(deliveries.map(\.number) == [1, 2])
                    #expect(deliveries[0].properties.headers.contains { $0.name == "x-death" })
                    consumer.source.acknowledge(upTo: deliveries[1].tag)
                    await consumer.source.close()
                }
            }
        }

        @Test("a queue that it declares when there is none, and takes as it is when there is one")
        func declares() async throws {
            let topology = Topology(address: try LiveBroker.address())
            var options = ConsumerOptions()
            options.queuePolicy = .declareIfMissing
            let quorum: [MessageProperties.Header] = [.init(name: "x-queue-type", value: .string("quorum"))]
            try await LiveBroker.withQueue(arguments: quorum) { queue in
                try await LiveBroker.publish(count: 3, to: queue)
                var consumer = try Consumer(queue, options: options)
                #expect(try await consumer.deliveries(3).map(\.number) == [0, 1, 2])
                await consumer.source.close()

                try await topology.deleteQueue(queue)
                var second = try Consumer(queue, options: options)
                try await second.waitUntilUp()
                try await LiveBroker.publish(count: 1, to: queue)
                _ = try await second.deliveries(1)
                await second.source.close()
                // Durable and classic: declaring the same is not a conflict.
                try await topology.declareQueue(queue)
            }
        }
    }
}
