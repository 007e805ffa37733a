@testable import RabbitMQ
import Synchronization
import Testing

@Suite("Queues that are declared") struct QueueRoundTests {
    @Test func `one login for all of them, and what is wrong with one is told of that one`() async throws {
        let logins = Mutex(0)
        let broker = FakeBroker { connection, _ in
            logins.withLock { $0 += 1 }
            try connection.login()
            var declared = 0
            while true {
                let frame = try connection.next()
                guard let method = frame.method else { continue }
                if method == (50, 10) { declared += 1 }
                guard method == (50, 10), declared == 3 else {
                    try connection.answer(method, on: frame.channel)
                    continue
                }
                try connection.send(
                    Wire.method(frame.channel, 20, 40) { wire in
                        wire.int(UInt16(403))
                        wire.short("ACCESS_REFUSED - no")
                        wire.int(UInt16(50))
                        wire.int(UInt16(10))
                    })
            }
        }
        defer { broker.stop() }
        let topology = Topology(address: try broker.address)
        let results = try await topology.ensure((0..<4).map { .queue("q\($0)", .passive) })
        #expect(results.map { (try? $0.get()) == false } == [true, true, false, true])
        #expect(throws: AMQPError.self) { _ = try results[2].get() }
        #expect(logins.withLock { $0 } == 1)
    }
}
