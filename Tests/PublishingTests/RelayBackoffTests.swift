import Ingest
@testable import Contracts
@testable import Publishing
import Testing

/// The outbox relay's memory of failed destinations is bounded, however many there were.
@Suite struct RelayBackoffTests {
    private func reply(_ number: Int) -> PostingTarget { .amqp(exchange: "", routingKey: "amq.gen-\(number)") }

    @Test func `reply queues that are gone are forgotten`() {
        var pauses = RelayBackoff()
        var most = 0
        for number in 0..<10_000 {
            let now = Int64(number) * 1000
            pauses.forgetOld(at: now)
            pauses.fail(reply(number), at: now, chance: 0.5)
            most = max(most, pauses.count)
        }
        #expect(most < 100)
        pauses.forgetOld(at: 100_000_000)
        #expect(pauses.count == 0)
    }

    @Test func `one that fails again and again is remembered, and rests five seconds at most`() {
        var pauses = RelayBackoff()
        var now: Int64 = 0
        for _ in 0..<200 {
            pauses.forgetOld(at: now)
            pauses.fail(reply(0), at: now, chance: Double.random(in: 0..<1))
            #expect(pauses.hasFailed(reply(0)) && pauses.resting(at: now) == ["queue amq.gen-0"])
            let next = pauses.nextTry(reply(0)) ?? 0
            #expect(next - now <= 5000)
            now = next
            #expect(pauses.resting(at: now).isEmpty)
        }
    }

    @Test func `a clock that is set back keeps nothing from being tried`() {
        var pauses = RelayBackoff()
        pauses.fail(reply(0), at: 3_600_000, chance: 0)
        #expect(pauses.resting(at: 0).isEmpty)
        pauses.fail(reply(0), at: 0, chance: 0)
        #expect((1...5000).contains(pauses.nextTry(reply(0)) ?? -1))
    }
}
