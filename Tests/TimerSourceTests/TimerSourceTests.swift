import BSON
import Contracts
import JSON
import Mappings
import Synchronization
import Testing
@testable import TimerSource

/// A timer on a clock of the test's own.
@Suite struct TimerSourceTests {
    /// Passes as much time as is slept, and no more.
    private final class Clock: Sendable {
        private let time: Mutex<Int64>

        init(_ text: String) {
            var text = text
            time = Mutex(text.withUTF8 { Instant.milliseconds(iso8601: $0) } ?? 0)
        }

        func pass(_ duration: Duration) {
            time.withLock {
                $0 += duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
            }
        }

        var environment: GatewayEnvironment {
            GatewayEnvironment(
                now: { self.time.withLock { $0 } }, seed: { 0 },
                sleep: { duration in
                    try Task.checkCancellation()
                    self.pass(duration)
                })
        }
    }

    private struct Timer {
        let source: TimerSource
        var iterator: AsyncStream<SourceEvent>.Iterator

        init(_ schedule: Schedule, _ clock: Clock) {
            source = TimerSource(route: "nightly", schedule: schedule, environment: clock.environment)
            iterator = source.events.makeAsyncIterator()
        }

        /// The next message; nil once the source has ended.
        mutating func next() async -> Delivery? {
            while let event = await iterator.next() {
                if case .deliveries(let deliveries) = event { return deliveries.first }
            }
            return nil
        }
    }

    @Test(
        arguments: ["* * * * * *", "*/7 3 * * * *", "0 6 * * MON-FRI", "0 0 29 2 *"],
        [0, 1, 999, 60_000, 86_400_000, 40_000_000])
    func `the last due time is the one that stepping through all of them finds`(cron: String, span: Int64) throws {
        let schedule = try Schedule.parse(cron: cron)
        for start in [Int64(-90_000), 0, 1_777_777_777_777] {
            let first = schedule.next(after: start)
            let now = first + span
            var latest = first
            var following = schedule.next(after: latest)
            while following <= now {
                latest = following
                following = schedule.next(after: latest)
            }
            #expect(schedule.last(from: first, through: now) == latest)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `after a jump of decades the next time is found at once`() async throws {
        let clock = Clock("1990-01-01T00:00:00Z")
        var timer = Timer(try .parse(every: "1s"), clock)
        let first = try #require(await timer.next())
        clock.pass(.seconds(60 * 366 * 86_400))
        timer.source.acknowledge(upTo: first.tag)
        let second = try #require(await timer.next())
        #expect(String(decoding: second.body, as: UTF8.self).contains("2050-"))
    }

    @Test func `a message for each moment, with an id made of route and moment`() async throws {
        let clock = Clock("2026-05-01T12:00:00.001Z")
        var timer = Timer(try .parse(every: "30m"), clock)
        // The one that a gateway killed a moment ago may have had in hand.
        let first = try #require(await timer.next())
        #expect(
            String(decoding: first.body, as: UTF8.self) == #"{"route":"nightly","scheduledAt":"2026-05-01T12:00:00Z"}"#)
        #expect(first.properties.messageId == "nightly:2026-05-01T12:00:00Z")
        #expect(first.queue == "timer:nightly")
        timer.source.acknowledge(upTo: first.tag)
        let second = try #require(await timer.next())
        #expect(second.properties.messageId == "nightly:2026-05-01T12:30:00Z")
        #expect(second.tag > first.tag)
    }

    @Test func `a moment that is long past at the start is not made up for`() async throws {
        var timer = Timer(try .parse(cron: "0 6 * * *"), Clock("2026-05-01T15:00:00Z"))
        #expect(await timer.next()?.properties.messageId == "nightly:2026-05-02T06:00:00Z")
    }

    @Test func `moments that pass while a message is out come as one, the latest`() async throws {
        let clock = Clock("2026-05-01T12:00:30Z")
        var timer = Timer(try .parse(every: "1m"), clock)
        let first = try #require(await timer.next())
        #expect(first.properties.messageId == "nightly:2026-05-01T12:00:00Z")
        clock.pass(.seconds(600))
        timer.source.acknowledge(upTo: first.tag)
        #expect(await timer.next()?.properties.messageId == "nightly:2026-05-01T12:10:00Z")
    }

    @Test func `no second message while the first is out, and none once stopped`() async throws {
        let clock = Clock("2026-05-01T12:00:30Z")
        var timer = Timer(try .parse(every: "1s"), clock)
        #expect(await timer.next() != nil)
        let source = timer.source
        async let second = timer.next()
        for _ in 0..<200 { await Task.yield() }
        clock.pass(.seconds(60))
        source.stop()
        #expect(await second == nil)
    }

    @Test func `it ends when it is cancelled`() async throws {
        let environment = GatewayEnvironment(
            now: { 1_777_636_800_000 }, seed: { 0 }, sleep: { _ in try await Task.sleep(for: .seconds(3600)) })
        let source = TimerSource(route: "r", schedule: try .parse(every: "366d"), environment: environment)
        let running = Task { for await _ in source.events {} }
        running.cancel()
        await running.value
    }
}
