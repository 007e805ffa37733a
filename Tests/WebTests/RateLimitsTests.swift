import Mappings
import Testing

@testable import Web

/// The rate of each client, by a clock of the test.
@Suite struct RateLimitsTests {
    private let start = ContinuousClock.now

    private func passed(_ limits: RateLimits, _ client: String, _ rate: RequestRate, at seconds: Double) -> Bool {
        limits.wait(client, of: "r", rate, now: start + .seconds(seconds)) == nil
    }

    @Test(
        "a burst passes, then as many as the rate allows",
        arguments: ["1/s", "3/s", "100/s", "7/10s", "60/m"])
    func rate(text: String) throws {
        let rate = try RequestRate(text)
        let period = Double(rate.milliseconds) / 1000
        let limits = RateLimits()
        #expect((0..<rate.count * 2).count { _ in passed(limits, "a", rate, at: 0) } == rate.count)
        // Another client has a bucket of its own.
        #expect(passed(limits, "b", rate, at: 0))
        // A hundred tries in each period, for five periods.
        let later = (1...500).count { passed(limits, "a", rate, at: Double($0) * period / 100) }
        #expect((rate.count * 5 - 1...rate.count * 5).contains(later), "\(later)")
    }

    @Test func `the wait that is answered is enough, and not much more`() throws {
        let rate = try RequestRate("3/10s")
        let limits = RateLimits()
        for _ in 0..<3 { #expect(limits.wait("a", of: "r", rate, now: start) == nil) }
        let wait = try #require(limits.wait("a", of: "r", rate, now: start))
        #expect(limits.wait("a", of: "r", rate, now: start + wait - .milliseconds(1)) != nil)
        #expect(limits.wait("a", of: "r", rate, now: start + wait) == nil)
    }

    @Test func `many clients take bounded memory, and those that are limited stay so`() throws {
        let rate = try RequestRate("2/m")
        let limits = RateLimits()
        for _ in 0..<3 { _ = limits.wait("busy", of: "r", rate, now: start) }
        for number in 0..<12_000 { #expect(limits.wait("\(number)", of: "r", rate, now: start) == nil) }
        #expect(limits.clients <= RateLimits.mostClients)
        #expect(limits.wait("busy", of: "r", rate, now: start) != nil)
    }

    @Test func `a changed rate counts at once, and routes are apart`() throws {
        let limits = RateLimits()
        #expect(limits.wait("a", of: "r", try RequestRate("1/m"), now: start) == nil)
        #expect(limits.wait("a", of: "r", try RequestRate("1/m"), now: start) != nil)
        #expect(limits.wait("a", of: "other", try RequestRate("1/m"), now: start) == nil)
        #expect(limits.wait("a", of: "r", try RequestRate("2/m"), now: start) == nil)
    }

    @Test(
        "a text that is not a rate is refused",
        arguments: [
            "", "/", "100", "0/s", "-1/s", "+1/s", "1/0s", "1/1ms", "1/s/s", "1000001/s", "1/367d", "1 /s", "٣/s",
            "1/x",
        ])
    func refused(text: String) { #expect(throws: RequestRate.Problem.self) { try RequestRate(text) } }
}
