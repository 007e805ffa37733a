import Contracts
@testable import RabbitMQ
import Synchronization
import Testing

/// What a consumer does about its channel: who may still settle what came on it, and when it takes messages again.
@Suite("A consumer's channel", .timeLimit(.minutes(1)))
struct ChannelEndTests {
    private final class Notes: Sendable {
        private let list = Mutex<[String]>([])

        var all: [String] { list.withLock { $0 } }
        func add(_ note: String) { list.withLock { $0.append(note) } }
        func wait(for note: String) async throws {
            while !all.contains(note) { try await Task.sleep(for: .milliseconds(2)) }
        }
    }

    private static func options(followsPipeline: Bool = true) -> ConsumerOptions {
        var options = ConsumerOptions()
        options.followsPipeline = followsPipeline
        options.backoff = Backoff(least: .milliseconds(1), most: .milliseconds(10))
        return options
    }

    private static func closeChannel(_ connection: FakeConnection) throws {
        try connection.send(
            Wire.method(1, 20, 40) { wire in
                wire.int(UInt16(406))
                wire.short("PRECONDITION_FAILED - delivery acknowledgement timed out")
                wire.int(UInt16(0))
                wire.int(UInt16(0))
            })
    }

    private static func consumer(
        _ broker: FakeBroker, prefetch: UInt16 = 100, _ policy: QueuePolicy = .passive
    ) throws -> ConsumerConnection {
        var options = options()
        options.queuePolicy = policy
        return ConsumerConnection(
            address: try broker.address, queue: "queue", prefetch: prefetch, logger: quiet, options: options)
    }

    private static func deliveries(_ count: Int, of source: ConsumerConnection) async -> [Delivery] {
        var deliveries: [Delivery] = []
        while deliveries.count < count, let event = await source.nextEvent() {
            if case .deliveries(let some) = event { deliveries += some }
        }
        return deliveries
    }

    @Test func `nothing is consumed before somebody takes the first event`() async throws {
        let notes = Notes()
        let broker = FakeBroker { connection, _ in
            notes.add("connected")
            try connection.beginConsuming()
            try connection.send(Wire.message(1, "a"))
            try connection.serveToTheEnd()
        }
        defer { broker.stop() }
        let consumer = try Self.consumer(broker)
        try await Task.sleep(for: .milliseconds(100))
        #expect(notes.all.isEmpty)
        #expect(await Self.deliveries(1, of: consumer).count == 1)
        await consumer.close()
    }

    @Test func `after its channel has ended it takes messages again once the old ones have left the pipeline`()
        async throws
    {
        let notes = Notes()
        let broker = FakeBroker { connection, number in
            notes.add("connected \(number)")
            try connection.beginConsuming()
            for tag in 1...3 as ClosedRange<UInt64> { try connection.send(Wire.message(tag, "a")) }
            if number == 0 {
                // Of what comes together with the end of the channel nothing is handed over.
                while !notes.all.contains("taken") { connection.pause(milliseconds: 2) }
                try Self.closeChannel(connection)
                notes.add("closed")
            }
            try connection.serveToTheEnd()
        }
        defer { broker.stop() }
        let consumer = try Self.consumer(broker)
        let old = await Self.deliveries(3, of: consumer)
        notes.add("taken")
        try await notes.wait(for: "closed")
        let channel = old[0].tag.channel
        while consumer.isOpen(channel) { try await Task.sleep(for: .milliseconds(2)) }
        consumer.passed(2, of: channel)
        try await Task.sleep(for: .milliseconds(100))
        #expect(!notes.all.contains("connected 1"), "one is still held")
        consumer.passed(1, of: channel)
        let new = await Self.deliveries(3, of: consumer)
        #expect(new.count == 3 && new[0].tag.channel != channel && consumer.isOpen(new[0].tag.channel))
        await consumer.close()
    }

    @Test func `the broker confirms a channel that is open, and only that`() async throws {
        let notes = Notes()
        let broker = FakeBroker { connection, number in
            try connection.beginConsuming()
            try connection.send(Wire.message(1, "a"))
            guard number == 0 else { return try connection.serveToTheEnd() }
            // One question is answered, for the second one the channel is gone.
            while true {
                let frame = try connection.next()
                guard frame.method ?? (0, 0) == (60, 10) else { continue }
                notes.add("asked")
                if notes.all.count == 1 {
                    try connection.answer((60, 10), on: 1)
                } else {
                    try Self.closeChannel(connection)
                }
            }
        }
        defer { broker.stop() }
        let consumer = try Self.consumer(broker)
        let channel = await Self.deliveries(1, of: consumer)[0].tag.channel
        #expect(await consumer.confirmOpen(channel))
        #expect(notes.all == ["asked"])
        #expect(await !consumer.confirmOpen(channel))
        #expect(await !consumer.confirmOpen(channel), "it is known now")
        #expect(notes.all.count == 2)
        await consumer.close()
    }

    @Test func `a question that is not answered ends with its task`() async throws {
        let broker = FakeBroker { connection, _ in
            try connection.beginConsuming()
            try connection.send(Wire.message(1, "a"))
            while true { _ = try connection.next() }
        }
        defer { broker.stop() }
        let consumer = try Self.consumer(broker)
        let channel = await Self.deliveries(1, of: consumer)[0].tag.channel
        let asking = Task { await consumer.confirmOpen(channel) }
        try await Task.sleep(for: .milliseconds(20))
        asking.cancel()
        #expect(await !asking.value)
        await consumer.close()
    }

    @Test func `what is given back goes with its channel, once`() async throws {
        let notes = Notes()
        let broker = FakeBroker { connection, number in
            try connection.login()
            while true {
                let frame = try connection.next()
                guard let method = frame.method else { continue }
                if method == (60, 10) { notes.add("prefetch \(frame.payload[8...9].reduce(0) { $0 << 8 | Int($1) })") }
                if method == (20, 40), frame.channel == 1 { notes.add("closed \(number)") }
                try connection.answer(method, on: frame.channel)
                if method == (60, 20) {
                    for tag in 1...16 as ClosedRange<UInt64> { try connection.send(Wire.message(tag, "a")) }
                }
            }
        }
        defer { broker.stop() }
        let consumer = try Self.consumer(broker)
        let old = await Self.deliveries(16, of: consumer)
        consumer.giveBack()
        try await notes.wait(for: "closed 0")
        #expect(!consumer.isOpen(old[0].tag.channel))
        consumer.giveBack()
        consumer.passed(16, of: old[0].tag.channel)
        let new = await Self.deliveries(16, of: consumer)
        #expect(new.count == 16)
        #expect(
            notes.all == ["prefetch 100", "closed 0", "prefetch 100"], "a quorum queue must give all of it out at once")
        await consumer.close()
    }

    @Test func `told to stop it neither cancels nor acknowledges before all is settled, for the next would take over`()
        async throws
    {
        let notes = Notes()
        let broker = FakeBroker { connection, _ in
            try connection.beginConsuming()
            for tag in 1...4 as ClosedRange<UInt64> { try connection.send(Wire.message(tag, "a")) }
            while true {
                let frame = try connection.next()
                guard let method = frame.method else { continue }
                switch method {
                case (60, 80): notes.add("ack \(frame.payload[4..<12].reduce(0) { $0 << 8 | Int($1) })")
                case (60, 30): notes.add("cancel")
                case (20, 40): notes.add("close")
                default: break
                }
                try connection.answer(method, on: frame.channel)
            }
        }
        defer { broker.stop() }
        let quorum = QueuePolicy.assert(
            QueueProperties(arguments: [.init(name: "x-queue-type", value: .string("quorum"))]))
        for (prefetch, policy) in [(4, quorum), (4, .passive), (100, quorum)] as [(UInt16, QueuePolicy)] {
            let before = notes.all.count
            let consumer = try Self.consumer(broker, prefetch: prefetch, policy)
            let deliveries = await Self.deliveries(4, of: consumer)
            consumer.stop()
            #expect(await consumer.nextEvent() == nil)
            consumer.acknowledge(upTo: deliveries[1].tag)
            try await Task.sleep(for: .milliseconds(50))
            #expect(notes.all.count == before)
            consumer.acknowledge(upTo: deliveries[3].tag)
            await consumer.close()
            try await notes.wait(for: "close")
            // Where more may be on its way, only the end of the channel gives it back in its place.
            let mayCancel = prefetch == 4 && policy == quorum
            #expect(notes.all.dropFirst(before) == (mayCancel ? ["cancel", "ack 4", "close"] : ["ack 4", "close"]))
        }
    }

    @Test func `a queue that takes no consumer of its kind is refused as the stream that it is`() async throws {
        let broker = FakeBroker { connection, _ in
            try connection.login()
            while true {
                let frame = try connection.next()
                guard let method = frame.method else { continue }
                guard method == (60, 20) else {
                    try connection.answer(method, on: frame.channel)
                    continue
                }
                try connection.send(
                    Wire.method(frame.channel, 20, 40) { wire in
                        wire.int(UInt16(406))
                        wire.short("PRECONDITION_FAILED - whatever it says")
                        wire.int(UInt16(60))
                        wire.int(UInt16(20))
                    })
            }
        }
        defer { broker.stop() }
        let consumer = try Self.consumer(broker)
        let reason = await consumer.nextEvent()
        guard case .down(let reason)? = reason else {
            Issue.record("\(reason as Any)")
            return
        }
        #expect(reason.contains("the queue 'queue' is a stream"), "\(reason)")
        #expect(reason.contains("bind a classic or quorum queue"), "\(reason)")
        #expect(consumer.health.state == .down)
        await consumer.close()
    }
}

extension ConsumerConnection {
    fileprivate func nextEvent() async -> SourceEvent? {
        var iterator = events.makeAsyncIterator()
        return await iterator.next()
    }
}
