import JSON
import Contracts
import Foundation
import RabbitMQ
import Synchronization
import Testing

extension RabbitMQLiveTests {
    @Suite("publishes")
    struct Publishing {
        private func isReturned(_ result: PostingResult) -> Bool { if case .returned = result { true } else { false } }
        private func isUnknown(_ result: PostingResult) -> Bool { if case .unknown = result { true } else { false } }

        private func read(_ count: Int, from queue: String) async throws -> [Delivery] {
            var consumer = try Consumer(queue, prefetch: 1000)
            var deliveries: [Delivery] = []
            while deliveries.count < count {
                deliveries += try await consumer.deliveries(min(500, count - deliveries.count))
                consumer.source.acknowledge(upTo: deliveries[deliveries.count - 1].tag)
            }
            await consumer.source.close()
            return deliveries
        }

        @Test("with confirms: what has a queue is confirmed, what has none comes back")
        func confirmsAndReturns() async throws {
            try await LiveBroker.withQueue { queue in
                try await LiveBroker.withPublisher { publisher in
                    #expect(publisher.health.state == .idle)
                    let nowhere = "test.nowhere.\(UUID().uuidString)"
                    let results = await publisher.publish([
                        .numbered(0, to: queue), .numbered(1, to: nowhere), .numbered(1, to: queue),
                        .numbered(2, to: nowhere), .numbered(2, to: queue),
                    ])
                    #expect(results.map { $0 == .confirmed } == [true, false, true, false, true])
                    guard case .returned(312, let reason) = results[1] else {
                        Issue.record("\(results[1])")
                        return
                    }
                    #expect(reason.contains("NO_ROUTE") && reason.contains(nowhere))
                    #expect(publisher.health.state == .up)
                }
                let deliveries = try await read(3, from: queue)
                #expect(deliveries.map(\.number) == [0, 1, 2])
                #expect(deliveries.allSatisfy { $0.properties.isPersistent })
            }
        }

        @Test("ten thousand in order through a small window, from several callers at once")
        func manyInOrder() async throws {
            var options = PublisherOptions()
            options.windowCount = 100
            try await LiveBroker.withQueue { queue in
                try await LiveBroker.withPublisher(options) { publisher in
                    await withTaskGroup(of: Void.self) { group in
                        for caller in 0..<4 {
                            group.addTask {
                                let first = caller * 2500
                                let results = await publisher.publish(
                                    (first..<first + 2500).map { .numbered($0, to: queue) })
                                #expect(results == Array(repeating: .confirmed, count: 2500))
                            }
                        }
                    }
                }
                let numbers = try await read(10_000, from: queue).compactMap(\.number)
                #expect(Set(numbers).count == 10_000)
                for caller in 0..<4 {
                    #expect(numbers.filter { $0 / 2500 == caller } == Array(caller * 2500..<(caller + 1) * 2500))
                }
            }
        }

        @Test("through an exchange; to one that is missing it comes back, and harms nothing else")
        func exchanges() async throws {
            let topology = Topology(address: try LiveBroker.address())
            let exchange = "test.\(UUID().uuidString)"
            try await LiveBroker.withQueue { queue in
                try await LiveBroker.withPublisher { publisher in
                    var through = Posting.numbered(1, to: "key")
                    through.exchange = exchange
                    var results = await publisher.publish([.numbered(0, to: queue), through, .numbered(2, to: queue)])
                    #expect(results[0] == .confirmed && results[2] == .confirmed)
                    guard case .returned(404, let reason) = results[1] else {
                        Issue.record("\(results[1])")
                        return
                    }
                    #expect(reason.contains(exchange))

                    try await topology.declareExchange(exchange, kind: "topic")
                    results = await publisher.publish([through])
                    #expect(isReturned(results[0]))
                    try await topology.bindQueue(queue, to: exchange, routingKey: "k*")
                    try await topology.bindQueue(queue, to: exchange, routingKey: "key")
                    results = await publisher.publish([through])
                    #expect(results == [.confirmed])

                    // Gone behind our back: the channel is closed on us, which is a result too.
                    try await topology.deleteExchange(exchange)
                    results = await publisher.publish([through, .numbered(4, to: queue)])
                    #expect(results.allSatisfy(isUnknown), "\(results)")
                    if case .unknown(let reason) = results[0] { #expect(reason.contains("NOT_FOUND"), "\(reason)") }
                    results = await publisher.publish([through, .numbered(5, to: queue)])
                    #expect(isReturned(results[0]) && results[1] == .confirmed)
                }
            }
        }

        @Test("what the broker answers by closing the channel, as unknown, and then goes on")
        func channelException() async throws {
            try await LiveBroker.withQueue { queue in
                try await LiveBroker.withPublisher { publisher in
                    var forged = Posting.numbered(0, to: queue)
                    forged.properties.userId = "somebody else"
                    let results = await publisher.publish([forged])
                    guard case .unknown(let reason) = results[0] else {
                        Issue.record("\(results)")
                        return
                    }
                    #expect(reason.contains("PRECONDITION_FAILED"), "\(reason)")
                    #expect(await publisher.publish([.numbered(1, to: queue)]) == [.confirmed])
                }
            }
        }

        @Test("what a full queue refuses, as refused")
        func refused() async throws {
            let arguments: [MessageProperties.Header] = [
                .init(name: "x-max-length", value: .integer(2)),
                .init(name: "x-overflow", value: .string("reject-publish")),
            ]
            try await LiveBroker.withQueue(arguments: arguments) { queue in
                try await LiveBroker.withPublisher { publisher in
                    var results: [PostingResult] = []
                    for number in 0..<4 { results += await publisher.publish([.numbered(number, to: queue)]) }
                    #expect(results == [.confirmed, .confirmed, .refused, .refused])
                }
            }
        }

        @Test("ten megabytes, and nothing")
        func sizes() async throws {
            let large = [UInt8](repeating: 65, count: 10_000_000)
            try await LiveBroker.withQueue { queue in
                try await LiveBroker.publish([
                    Posting(routingKey: queue, body: large, properties: .init()),
                    Posting(routingKey: queue, body: [], properties: .init()),
                ])
                #expect(try await read(2, from: queue).map(\.body) == [large, []])
            }
        }

        @Test("waits out a memory alarm", .enabled(if: LiveBroker.isOurs))
        func memoryAlarm() async throws {
            try await LiveBroker.withQueue { queue in
                try await LiveBroker.withPublisher { publisher in
                    #expect(await publisher.publish([.numbered(0, to: queue)]) == [.confirmed])
                    let isDone = try await LiveBroker.withMemoryAlarm {
                        let isDone = Task { await publisher.publish((1...500).map { .numbered($0, to: queue) }) }
                        let end = ContinuousClock.now + .seconds(30)
                        while publisher.health.state == .up, ContinuousClock.now < end {
                            try await Task.sleep(for: .milliseconds(20))
                        }
                        #expect(publisher.health.detail.contains("low on memory"), "\(publisher.health.detail)")
                        try await Task.sleep(for: .seconds(1))
                        return isDone
                    }
                    #expect(await isDone.value == Array(repeating: .confirmed, count: 500))
                    #expect(publisher.health.state == .up)
                }
                #expect(try await read(501, from: queue).map(\.number) == Array(0...500))
            }
        }

        @Test("again after the broker closed the connection under it", .enabled(if: LiveBroker.isOurs))
        func closedConnection() async throws {
            var options = PublisherOptions()
            options.backoff = Backoff(least: .milliseconds(50), most: .milliseconds(500))
            try await LiveBroker.withQueue { queue in
                var next = 1
                try await LiveBroker.withPublisher(options) { publisher in
                    #expect(await publisher.publish([.numbered(0, to: queue)]) == [.confirmed])
                    let hasEnded = Atomic(false)
                    async let closing: Void = {
                        defer { hasEnded.store(true, ordering: .relaxed) }
                        try await LiveBroker.control("close_all_connections", "test closes")
                    }()
                    // Repeated as a caller would: from the first one that is not known to have arrived. On until the
                    // broker has closed the connection, and then for some more.
                    var more = 20
                    while more > 0 {
                        let results = await publisher.publish((next..<(next + 500)).map { .numbered($0, to: queue) })
                        let confirmed = results.prefix { $0 == .confirmed }.count
                        #expect(results[confirmed...].allSatisfy(isUnknown))
                        next += confirmed
                        if hasEnded.load(ordering: .relaxed), confirmed > 0 { more -= 1 }
                        try await Task.sleep(for: .milliseconds(2))
                    }
                    try await closing
                }
                let count = try await Topology(address: LiveBroker.address()).queue(queue).messageCount
                let numbers = try await read(count, from: queue).compactMap(\.number)
                #expect(Set(numbers) == Set(0..<next))
                // In order, but for what was sent twice.
                var highest = -1
                for number in numbers {
                    #expect(number <= highest + 1)
                    highest = max(highest, number)
                }
            }
        }
    }
}
