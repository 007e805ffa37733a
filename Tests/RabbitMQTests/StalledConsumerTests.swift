import Pipeline
import Synchronization
import Testing

@testable import RabbitMQ

/// A store that is away for long, and a broker that has more to send than may be taken in: RabbitMQ would close a
/// connection that takes nothing for 30 s, again and again.
@Suite("A consumer whose deliveries nobody takes", .timeLimit(.minutes(1)))
struct StalledConsumerTests {
    private static let prefetch: UInt16 = 90

    /// The prefetch counts that clients have asked for, one for each connection.
    private final class Asked: Sendable {
        private let counts = Mutex<[UInt16]>([])

        var all: [UInt16] { counts.withLock { $0 } }

        /// As ``FakeConnection/beginConsuming(heartbeat:)``, and notes what is asked for.
        func beginConsuming(_ connection: FakeConnection) throws {
            try connection.login()
            var last: (UInt16, UInt16) = (0, 0)
            while last != (60, 20) {
                let frame = try connection.next()
                guard let method = frame.method else { continue }
                if method == (60, 10) {
                    counts.withLock { $0.append(UInt16(frame.payload[8]) << 8 | UInt16(frame.payload[9])) }
                }
                try connection.answer(method, on: frame.channel)
                last = method
            }
        }

        func wait(for count: Int) async throws {
            while all.count < count { try await Task.sleep(for: .milliseconds(5)) }
        }
    }

    @Test func `asks for what it could take in, and for all again once that is done`() async throws {
        let asked = Asked()
        let broker = FakeBroker { connection, number in
            try asked.beginConsuming(connection)
            let text = String(repeating: "x", count: number == 0 ? 60_000 : 10)
            let count = UInt64(number == 0 ? Self.prefetch - 1 : asked.all[number])
            for tag in 1...count { try connection.send(Wire.message(tag, text)) }
            try connection.serveToTheEnd()
        }
        defer { broker.stop() }
        var options = ConsumerOptions()
        // Full beyond 60,000 bytes; up to sixteen times as much is taken in, a little now and then, to keep the connection.
        options.waitingBytes = 60_000
        options.stallPatience = .milliseconds(100)
        let consumer = ConsumerConnection(
            address: try broker.address, queue: "queue", prefetch: Self.prefetch, logger: quiet, options: options)

        // Nobody takes anything.
        try await asked.wait(for: 2)
        let reduced = asked.all[1]
        #expect(asked.all[0] == Self.prefetch)
        #expect(reduced >= 3 && reduced < Self.prefetch / 2, "it takes in \(reduced)")

        // Then somebody does, and all that comes is of the second connection.
        var taken: [Int] = []
        for await event in consumer.events {
            if case .down(let reason) = event { Issue.record("\(reason)") }
            guard case .deliveries(let deliveries) = event else { continue }
            taken += deliveries.map(\.body.count)
            if let last = deliveries.last { consumer.acknowledge(upTo: last.tag) }
            if taken.count >= Int(reduced) { break }
        }
        #expect(taken == [Int](repeating: 10, count: Int(reduced)))
        try await asked.wait(for: 3)
        #expect(asked.all[2] == Self.prefetch)
        await consumer.close()
    }

    @Test func `the window shrinks at every time, but not below one`() {
        var window = PrefetchWindow(most: 10)
        #expect(!window.isReduced)
        window.shrink(to: 40)
        #expect(window.current == 9 && window.isReduced)
        window.shrink(to: 3)
        #expect(window.current == 3)
        window.shrink(to: 0)
        #expect(window.current == 1 && !window.mayShrink)
        window.shrink(to: 0)
        #expect(window.current == 1)
        window.grow()
        #expect(window.current == 10 && !window.isReduced)
    }
}
