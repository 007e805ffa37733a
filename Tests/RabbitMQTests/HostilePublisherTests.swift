import Contracts
import JSON
import RabbitMQ
import Synchronization
import Testing

@Suite("A publisher facing a broker that misbehaves", .timeLimit(.minutes(1)))
struct HostileBrokerPublisherTests {
    private func publisher(
        of broker: FakeBroker, _ change: (inout PublisherOptions) -> Void = { _ in }
    ) throws -> PublisherConnection {
        var options = PublisherOptions()
        options.backoff = Backoff(least: .milliseconds(10), most: .milliseconds(50))
        options.timeout = .seconds(2)
        options.givesUpAfter = .milliseconds(700)
        change(&options)
        return PublisherConnection(address: try broker.address, logger: quiet, options: options)
    }

    private func postings(_ count: Int, size: Int = 4) -> [Posting] {
        (0..<count).map { number in
            var properties = MessageProperties()
            properties.messageId = ByteString("id-\(number)")
            return Posting(
                routingKey: "q", body: [UInt8](repeating: UInt8(number % 256), count: size), properties: properties)
        }
    }

    private func isUnknown(_ result: PostingResult) -> Bool { if case .unknown = result { true } else { false } }

    @Test("matches confirms of any order and kind to their postings")
    func confirmsInAnyOrder() async throws {
        let broker = FakeBroker { connection, _ in
            try connection.beginConfirming()
            for _ in 0..<8 { _ = try connection.readPublished() }
            try connection.send(Wire.confirm(3))
            try connection.send(Wire.confirm(2, nack: true))
            try connection.send(Wire.confirm(5, multiple: true))
            try connection.send(Wire.confirm(8, nack: true))
            try connection.send(Wire.confirm(0, multiple: true))
            try connection.serveToTheEnd()
        }
        defer { broker.stop() }
        let publisher = try publisher(of: broker)
        let results = await publisher.publish(postings(8))
        #expect(
            results == [.confirmed, .refused, .confirmed, .confirmed, .confirmed, .confirmed, .confirmed, .refused])
        await publisher.close()
    }

    @Test("matches returns to postings by what they are, also among twins")
    func returns() async throws {
        let broker = FakeBroker { connection, _ in
            try connection.beginConfirming()
            var published: [FakeConnection.Published] = []
            for _ in 0..<4 { published.append(try connection.readPublished()) }
            for number in [2, 0] {
                try connection.send(
                    Wire.method(1, 60, 50) { wire in
                        wire.int(UInt16(312))
                        wire.short("NO_ROUTE")
                        wire.short("")
                        wire.short("q")
                    })
                try connection.send(
                    Wire.header(
                        bodySize: UInt64(published[number].body.count), properties: published[number].properties))
                try connection.send(Wire.body(published[number].body))
            }
            try connection.send(Wire.confirm(4, multiple: true))
            try connection.serveToTheEnd()
        }
        defer { broker.stop() }
        let publisher = try publisher(of: broker)
        let some = postings(2)
        let results = await publisher.publish([some[0], some[1], some[1], some[0]])
        // The twin of number 2 is number 1, and it is the oldest; the twin of 0 is 3.
        #expect(results.map { if case .returned(312, _) = $0 { true } else { false } } == [true, true, false, false])
        #expect(results[2...].allSatisfy { $0 == .confirmed })
        await publisher.close()
    }

    @Test("never stalls, however small its window")
    func smallWindow() async throws {
        let broker = FakeBroker { connection, _ in
            try connection.beginConfirming()
            for tag in 1... {
                _ = try connection.readPublished()
                try connection.send(Wire.confirm(UInt64(tag)))
            }
        }
        defer { broker.stop() }
        let publisher = try publisher(of: broker) { $0.windowCount = 3 }
        let clock = ContinuousClock()
        let began = clock.now
        #expect(await publisher.publish(postings(5000)).allSatisfy { $0 == .confirmed })
        #expect(began.duration(to: clock.now) < .seconds(12))
        await publisher.close()
    }

    @Test("does not hang when the broker confirms what was never sent, vanishes, or breaks frames")
    func brokenBrokers() async throws {
        let answers: [[UInt8]] = [
            Wire.confirm(99), Wire.confirm(99, multiple: true), [], Wire.frame(1, 1, [0]), Wire.header(bodySize: 1),
        ]
        for answer in answers {
            let broker = FakeBroker { connection, number in
                try connection.beginConfirming()
                _ = try connection.readPublished()
                guard number > 0 else { return try connection.send(answer) }
                try connection.send(Wire.confirm(1))
                try connection.serveToTheEnd()
            }
            defer { broker.stop() }
            let publisher = try publisher(of: broker)
            #expect(isUnknown(await publisher.publish(postings(1))[0]))
            #expect(await publisher.publish(postings(1)) == [.confirmed])
            await publisher.close()
        }
    }

    @Test("sends nothing after a posting whose fate is unknown")
    func noGaps() async throws {
        let seen = Mutex(0)
        let broker = FakeBroker { connection, _ in
            try connection.beginConfirming()
            while true {
                _ = try connection.readPublished()
                if seen.withLock({ seen in
                    seen += 1
                    return seen == 10
                }) {
                    return
                }
            }
        }
        defer { broker.stop() }
        let publisher = try publisher(of: broker) { $0.windowCount = 10 }
        let results = await publisher.publish(postings(1000))
        #expect(results.count == 1000)
        #expect(results.allSatisfy(isUnknown))
        #expect(seen.withLock { $0 } == 10)
        await publisher.close()
    }

    @Test("answers after its time when there is no broker, and at once when closed")
    func noBroker() async throws {
        let broker = FakeBroker { _, _ in }
        broker.stop()
        let publisher = try publisher(of: broker)
        let clock = ContinuousClock()
        let began = clock.now
        let results = await publisher.publish(postings(3))
        #expect(results.allSatisfy(isUnknown))
        #expect(began.duration(to: clock.now) >= .milliseconds(700))
        #expect(began.duration(to: clock.now) < .seconds(12))
        #expect(publisher.health.state == .down)
        #expect(publisher.health.detail.contains("is the broker running"), "\(publisher.health.detail)")
        await publisher.close()
        #expect(await publisher.publish(postings(1)) == [.unknown(reason: "not sent: the publisher is closed")])
    }

    @Test("waits while it is blocked, and goes on afterwards")
    func blocked() async throws {
        let isWell = Mutex(false)
        let broker = FakeBroker { connection, _ in
            try connection.beginConfirming()
            _ = try connection.readPublished()
            try connection.send(Wire.method(0, 10, 60) { $0.short("low on memory") })
            try connection.send(Wire.confirm(1))
            while !isWell.withLock({ $0 }) { connection.pause(milliseconds: 10) }
            try connection.send(Wire.method(0, 10, 61))
            _ = try connection.readPublished()
            try connection.send(Wire.confirm(2))
            try connection.serveToTheEnd()
        }
        defer { broker.stop() }
        let publisher = try publisher(of: broker) { $0.confirmLimit = .milliseconds(300) }
        let first = await publisher.publish(postings(1))
        #expect(first == [.confirmed])
        let more = postings(1)
        async let second = publisher.publish(more)
        try await Task.sleep(for: .milliseconds(500))  // more than the limit for confirms
        #expect(publisher.health.state == .down)
        #expect(publisher.health.detail.contains("low on memory"))
        isWell.withLock { $0 = true }
        let afterwards = await second
        #expect(afterwards == [.confirmed])
        #expect(publisher.health.state == .up)
        await publisher.close()
    }

    @Test("cuts a write that the broker does not take, and answers")
    func stuckWrite() async throws {
        let broker = FakeBroker { connection, number in
            try connection.beginConfirming(heartbeat: 1)
            while true {  // reads nothing more, but is alive
                connection.pause(milliseconds: 300)
                try connection.send(Wire.frame(8, 0, []))
            }
        }
        defer { broker.stop() }
        let publisher = try publisher(of: broker) {
            $0.stuckWriteLimit = .milliseconds(800)
            $0.heartbeat = 1
        }
        let clock = ContinuousClock()
        let began = clock.now
        let results = await publisher.publish(postings(2, size: 60 << 20))
        #expect(results.allSatisfy(isUnknown))
        if case .unknown(let reason) = results[0] { #expect(reason.contains("stopped reading"), "\(reason)") }
        #expect(began.duration(to: clock.now) < .seconds(12))
        await publisher.close()
    }

    @Test("gives up a broker that confirms nothing any more")
    func noConfirms() async throws {
        let broker = FakeBroker { connection, _ in
            try connection.beginConfirming()
            try connection.serveToTheEnd()
        }
        defer { broker.stop() }
        let publisher = try publisher(of: broker) { $0.confirmLimit = .milliseconds(500) }
        let results = await publisher.publish(postings(2))
        #expect(results.allSatisfy(isUnknown))
        if case .unknown(let reason) = results[0] { #expect(reason.contains("no confirm"), "\(reason)") }
        await publisher.close()
    }

    @Test("closes within about two seconds while a write hangs, and answers its callers")
    func closesInTime() async throws {
        let broker = FakeBroker { connection, _ in
            try connection.beginConfirming()
            connection.pause(milliseconds: 30_000)
        }
        defer { broker.stop() }
        let publisher = try publisher(of: broker)
        let some = postings(2, size: 60 << 20)
        async let results = publisher.publish(some)
        try await Task.sleep(for: .milliseconds(300))
        let clock = ContinuousClock()
        let began = clock.now
        await publisher.close()
        #expect(began.duration(to: clock.now) < .seconds(12))
        #expect(await results.allSatisfy(isUnknown))
    }

    @Test("refuses what cannot be sent, and sends the rest")
    func unsendable() async throws {
        let broker = FakeBroker { connection, _ in
            try connection.beginConfirming()
            for number in 1...2 {
                _ = try connection.readPublished()
                try connection.send(Wire.confirm(UInt64(number)))
            }
            try connection.serveToTheEnd()
        }
        defer { broker.stop() }
        let publisher = try publisher(of: broker) { $0.largestBody = 100 }
        var some = postings(5)
        some[1].routingKey = String(repeating: "k", count: 256)
        some[2].body = [UInt8](repeating: 0, count: 101)
        some[3].properties.headers = [.init(name: "x", value: .bytes([UInt8](repeating: 0, count: 140_000)))]
        some.insert(some[0], at: 4)
        some[4].properties.headers = [.init(name: "x", value: .array([.double(.nan)]))]
        let results = await publisher.publish(some)
        #expect(results.first == .confirmed && results.last == .confirmed)
        for result in results[1...4] {
            guard case .unsendable = result else {
                Issue.record("\(result)")
                continue
            }
        }
        await publisher.close()
    }

    @Test("turns away a call too many")
    func tooManyCalls() async throws {
        let broker = FakeBroker { connection, _ in
            try connection.beginConfirming()
            try connection.serveToTheEnd()
        }
        defer { broker.stop() }
        let publisher = try publisher(of: broker) {
            $0.waitingCalls = 4
            $0.confirmLimit = .milliseconds(500)
        }
        let results = await withTaskGroup(of: [PostingResult].self) { group in
            for _ in 0..<10 { group.addTask { await publisher.publish(self.postings(1)) } }
            return await group.reduce(into: []) { $0 += $1 }
        }
        let turnedAway = results.filter { $0 == .unknown(reason: "not sent: too many calls are waiting") }
        #expect(turnedAway.count == 6)
        await publisher.close()
    }
}
