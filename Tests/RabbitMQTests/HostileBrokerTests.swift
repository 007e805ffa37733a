import Contracts
import Glibc
import JSON
import Logging
@testable import RabbitMQ
import Synchronization
import Testing

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

@Suite("A consumer facing a broker that misbehaves", .timeLimit(.minutes(1)))
struct HostileBrokerConsumerTests {
    private func consumer(of broker: FakeBroker, heartbeat: Int = 30) throws -> ConsumerConnection {
        var options = ConsumerOptions()
        options.backoff = Backoff(least: .milliseconds(10), most: .milliseconds(50))
        options.timeout = .seconds(2)
        options.heartbeat = heartbeat
        return ConsumerConnection(
            address: try broker.address, queue: "queue", prefetch: 10, logger: quiet, options: options)
    }

    /// Serves `first` to the first connection and a good message to the next; returns what the consumer said.
    private func story(heartbeat: Int = 30, _ first: @escaping @Sendable (FakeConnection) throws -> Void) async throws
        -> [String]
    {
        let broker = FakeBroker { connection, number in
            guard number > 0 else { return try first(connection) }
            try connection.beginConsuming()
            try connection.send(Wire.message(1, "good"))
            try connection.serveToTheEnd()
        }
        defer { broker.stop() }
        let consumer = try consumer(of: broker, heartbeat: heartbeat)
        var story: [String] = []
        for await event in consumer.events {
            switch event {
            case .up: story.append("up")
            case .down(let reason): story.append("down: \(reason)")
            case .deliveries(let deliveries):
                story += deliveries.map { "\($0.tag.number) \(String(decoding: $0.body, as: UTF8.self))" }
                if deliveries.last?.body == Array("good".utf8) { consumer.stop() }
            }
        }
        await consumer.close()
        return story
    }

    struct BadFrames: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let bytes: [UInt8]

        init(_ name: String, _ parts: [UInt8]...) {
            testDescription = name
            bytes = parts.flatMap { $0 }
        }

        static let all = [
            BadFrames("a body longer than announced", Wire.deliver(1), Wire.header(bodySize: 2), Wire.body([1, 2, 3])),
            BadFrames("a header without a delivery", Wire.header(bodySize: 2)),
            BadFrames("a body without a header", Wire.deliver(1), Wire.body([1])),
            BadFrames("a delivery within a delivery", Wire.deliver(1), Wire.deliver(2)),
            BadFrames("tags that run backwards", Wire.message(2, ""), Wire.message(1, "")),
            BadFrames("a frame that ends wrongly", Array(Wire.deliver(1).dropLast()), [0]),
            BadFrames("a method that does not exist", Wire.method(1, 60, 999)),
            BadFrames("a class that does not exist", Wire.method(1, 999, 10)),
            BadFrames("a frame too short for a method", Wire.frame(1, 1, [0, 60])),
            BadFrames("a frame too short for a header", Wire.frame(2, 1, [0, 60])),
            BadFrames("a frame of 2 GB", [1, 0, 1, 0x7F, 0xFF, 0xFF, 0xFF]),
            BadFrames(
                "a table that ends early", Wire.deliver(1),
                Wire.header(bodySize: 0, properties: Wire.headers([3, 65]))),
            BadFrames(
                "a field of unknown type", Wire.deliver(1),
                Wire.header(bodySize: 0, properties: Wire.headers([1, 65, 33]))),
        ]
    }

    @Test("drops the connection, says why, and goes on with the next", arguments: BadFrames.all)
    func badFrames(_ bad: BadFrames) async throws {
        let story = try await story { connection in
            try connection.beginConsuming()
            try connection.send(bad.bytes)
            try connection.serveToTheEnd()
        }
        #expect(story.first == "up")
        #expect(story.contains { $0.hasPrefix("down: ") })
        #expect(story.suffix(2) == ["up", "1 good"], "\(story)")
    }

    @Test("takes no memory for a body that never comes")
    func hugeBody() async throws {
        let story = try await story { connection in
            try connection.beginConsuming()
            try connection.send(Wire.deliver(1) + Wire.header(bodySize: 1 << 62) + Wire.body([1, 2, 3]))
            try connection.send(
                Wire.method(1, 20, 40) { wire in
                    wire.int(UInt16(541))
                    wire.short("INTERNAL_ERROR - no more")
                    wire.int(UInt32(0))
                })
            try connection.serveToTheEnd()
        }
        #expect(story.first == "up" && story.last == "1 good")
        #expect(story[1].hasSuffix("INTERNAL_ERROR: no more (541)"))
    }

    @Test("keeps its tags with empty bodies, empty header names and the deepest tables a frame can hold")
    func oddMessages() async throws {
        // 26,000 arrays in one another, each 5 bytes: type and length.
        var deep: [UInt8] = [0]
        let levels = 26_000
        for level in 0..<levels {
            var wire = Wire()
            wire.int(UInt8(ascii: "A"))
            wire.int(UInt32((levels - level - 1) * 5))
            deep += wire.bytes
        }
        let table = deep
        let story = try await story { connection in
            try connection.beginConsuming()
            try connection.send(Wire.message(1, ""))
            try connection.send(Wire.message(2, "two", properties: Wire.headers([0, UInt8(ascii: "V")])))
            try connection.send(
                Wire.message(3, "", properties: Wire.headers([0, UInt8(ascii: "t"), 1, 0, UInt8(ascii: "V")])))
            try connection.send(Wire.message(4, "four", properties: Wire.headers(table)))
            try connection.send(Wire.message(5, "good"))
            try connection.serveToTheEnd()
        }
        #expect(story == ["up", "1 ", "2 two", "3 ", "4 four", "5 good"])
    }

    @Test("reads a header that the broker has made larger than a frame may be")
    func grownHeader() async throws {
        var wire = Wire()
        wire.bytes = [1, UInt8(ascii: "x"), UInt8(ascii: "S")]
        wire.long(String(repeating: "y", count: 140_000))
        let table = wire.bytes
        let story = try await story { connection in
            try connection.beginConsuming()
            try connection.send(Wire.message(1, "good", properties: Wire.headers(table)))
            try connection.serveToTheEnd()
        }
        #expect(story == ["up", "1 good"])
    }

    @Test("gives up a broker that accepts and then says nothing, in time")
    func silentLogin() async throws {
        let clock = ContinuousClock()
        let began = clock.now
        let story = try await story { try $0.serveToTheEnd() }
        #expect(story.last == "1 good")
        #expect(story[0].hasSuffix("the broker did not answer in time"), "\(story[0])")
        #expect(began.duration(to: clock.now) < .seconds(12))
    }

    @Test("says so when the port speaks something else")
    func notAMQP() async throws {
        let story = try await story { try $0.send(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)) }
        #expect(story.first?.contains("does not speak AMQP 0-9-1") == true, "\(story)")
    }

    @Test("finds a broker that has frozen by its missing heartbeat, within about two intervals")
    func frozen() async throws {
        let clock = ContinuousClock()
        let began = clock.now
        let story = try await story(heartbeat: 1) { connection in
            try connection.beginConsuming(heartbeat: 1)
            try connection.serveToTheEnd()
        }
        #expect(story[1].contains("no heartbeat"), "\(story)")
        #expect(began.duration(to: clock.now) < .seconds(12))
    }

    @Test("sends its own heartbeats while nothing happens and nobody acknowledges")
    func ownHeartbeats() async throws {
        let heartbeats = Mutex(0)
        let broker = FakeBroker { connection, _ in
            try connection.beginConsuming(heartbeat: 1)
            try connection.send(Wire.message(1, "waits"))
            while true {
                if try connection.readFrame().type == 8 {
                    heartbeats.withLock { $0 += 1 }
                    try connection.send(Wire.frame(8, 0, []))
                }
            }
        }
        defer { broker.stop() }
        let consumer = try consumer(of: broker, heartbeat: 1)
        try await Task.sleep(for: .seconds(4))
        #expect(heartbeats.withLock { $0 } >= 3)
        #expect(consumer.health.state == .up)
        await consumer.close()
    }

    @Test("ends at once when it is stopped or closed without ever having connected", arguments: [true, false])
    func neverConnected(_ stopsFirst: Bool) async throws {
        let broker = FakeBroker { _, _ in }
        broker.stop()
        let consumer = try consumer(of: broker)
        var reasons: [String] = []
        for await event in consumer.events {
            guard case .down(let reason) = event else { continue }
            reasons.append(reason)
            if stopsFirst { consumer.stop() } else { await consumer.close() }
        }
        #expect(reasons.count == 1)
        #expect(reasons[0].contains("is the broker running"), "\(reasons)")
        #expect(consumer.health.state == .idle || stopsFirst)
        await consumer.close()
    }

    @Test("is not ready before it consumes")
    func connecting() async throws {
        let broker = FakeBroker { connection, _ in try connection.serveToTheEnd() }
        defer { broker.stop() }
        let consumer = try consumer(of: broker)
        #expect(consumer.health.state == .down)
        #expect(!consumer.health.isUp)
        await consumer.close()
    }

    @Test("sends without delay: the library sets TCP_NODELAY")
    func noDelay() throws {
        let broker = FakeBroker { connection, _ in
            try connection.login()
            try connection.serveToTheEnd()
        }
        defer { broker.stop() }
        let connection = try AMQPConnection(
            to: broker.address, as: ClientIdentity(version: "1", connectionName: "test"), heartbeat: 30,
            timeout: .seconds(1))
        var flag: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        #expect(getsockopt(connection.descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &flag, &size) == 0)
        #expect(flag != 0)
    }

    @Test("closes within two seconds whatever the broker does")
    func closesInTime() async throws {
        let broker = FakeBroker { connection, _ in
            try connection.beginConsuming()
            while true { _ = try connection.readFrame() }  // never an answer again
        }
        defer { broker.stop() }
        let consumer = try consumer(of: broker)
        for await event in consumer.events { if case .up = event { break } }
        let clock = ContinuousClock()
        let began = clock.now
        await consumer.close()
        #expect(began.duration(to: clock.now) < .seconds(12))
    }

    @Test("acknowledges everything given before it closes")
    func acknowledgesBeforeClosing() async throws {
        let acknowledged = Mutex<[UInt8]>([])
        let broker = FakeBroker { connection, _ in
            try connection.beginConsuming()
            for tag in 1...5 { try connection.send(Wire.message(UInt64(tag), "\(tag)")) }
            while true {
                let frame = try connection.next()
                guard let method = frame.method else { continue }
                if method == (60, 80) { acknowledged.withLock { $0 = Array(frame.payload[4...]) } }
                try connection.answer(method, on: frame.channel)
            }
        }
        defer { broker.stop() }
        let consumer = try consumer(of: broker)
        for await event in consumer.events {
            guard case .deliveries(let deliveries) = event, let last = deliveries.last, last.tag.number == 5 else {
                continue
            }
            consumer.acknowledge(upTo: DeliveryTag(channel: last.tag.channel + 1, number: 9))  // none of this channel
            consumer.acknowledge(upTo: DeliveryTag(channel: last.tag.channel, number: 3))
            consumer.acknowledge(upTo: last.tag)
            break
        }
        await consumer.close()
        #expect(acknowledged.withLock { $0 } == [0, 0, 0, 0, 0, 0, 0, 5, 1])
    }
}
