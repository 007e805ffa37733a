import Console
@testable import Mappings
@testable import Service
import Testing

/// What `/readyz` says of the broker while no connection tells it.
@Suite struct ReadinessTests {
    private static func words(
        _ consuming: ProcessStatus.Consuming, trouble: String? = nil, hasRoutes: Bool = false, hasFeeds: Bool = false
    ) -> (ok: Bool, detail: String) {
        ProcessStatus.words(for: consuming, trouble: trouble, hasRoutes: hasRoutes, hasFeeds: hasFeeds)
    }

    @Test("before the collection is read nothing is ready, whatever runs", arguments: [false, true], [false, true])
    func undecided(hasRoutes: Bool, hasFeeds: Bool) {
        let waiting = Self.words(.undecided, hasRoutes: hasRoutes, hasFeeds: hasFeeds)
        #expect(!waiting.ok && waiting.detail.hasPrefix("waits for the store"))
        let failing = Self.words(.undecided, trouble: "cannot be read", hasRoutes: hasRoutes, hasFeeds: hasFeeds)
        #expect(!failing.ok && failing.detail == "cannot be read")
    }

    @Test("routes that are wanted and do not consume yet: not ready, with feeds or without", arguments: [false, true])
    func wanted(hasFeeds: Bool) {
        let waiting = Self.words(.wanted, hasFeeds: hasFeeds)
        #expect(!waiting.ok && waiting.detail == "no route runs yet")
        // Those that run read files or a clock.
        let others = Self.words(.wanted, hasRoutes: true, hasFeeds: hasFeeds)
        #expect(others.ok && others.detail == "no route reads a queue")
    }

    @Test(
        "without a route to consume, feeds or other routes are work enough; with neither there is something to fix",
        arguments: [(false, false, false), (false, true, true), (true, false, true), (true, true, true)])
    func lackingNothing(hasRoutes: Bool, hasFeeds: Bool, ok: Bool) {
        let found = Self.words(.lacking([]), hasRoutes: hasRoutes, hasFeeds: hasFeeds)
        #expect(found.ok == ok)
        #expect(found.detail == (ok ? "no route reads a queue" : "there is no route"))
    }

    @Test("what is missing is said, and feeds do not hide it", arguments: [false, true], [false, true])
    func lacking(hasRoutes: Bool, hasFeeds: Bool) {
        let found = Self.words(.lacking(["no queue", "another"]), hasRoutes: hasRoutes, hasFeeds: hasFeeds)
        #expect(!found.ok && found.detail == "no queue")
    }

    @Test("switched off it is ready; stopped by a setting that cannot be read it is not", arguments: [false, true])
    func off(hasFeeds: Bool) {
        #expect(Self.words(.disabled, hasFeeds: hasFeeds).ok)
        let stopped = Self.words(.stopped(["one", "two"]), hasRoutes: true, hasFeeds: hasFeeds)
        #expect(!stopped.ok)
        #expect(
            stopped.detail == "nothing is consumed until this is fixed: one (and 1 more, which the log tells)")
    }

    // MARK: Queues that lose messages

    @Test func `a queue that drops messages by a delivery limit or when it is full is warned of, each with its remedy`()
    {
        var declaration = QueueDeclaration(
            policy: .declare, isDurable: true,
            arguments: [("x-delivery-limit", .integer(5)), ("x-max-length", .integer(1000))])
        let warnings = QueueWarnings.of("q", losses: QueueLosses.of(declaration), returns: 0, since: 7)
        #expect(warnings.map(\.name) == ["queue q", "queue q"] && warnings.map(\.since) == [7, 7])
        #expect(warnings[0].detail.hasPrefix("x-delivery-limit: a message returned this often"))
        #expect(warnings[1].detail.hasPrefix("x-max-length: the oldest messages of a queue that is full are dropped"))
        #expect(warnings.allSatisfy { $0.detail.contains("x-dead-letter-exchange") })
        declaration.arguments.append(("x-overflow", .text("reject-publish")))
        let fewer = QueueWarnings.of("q", losses: QueueLosses.of(declaration), returns: 0, since: 7)
        #expect(fewer.count == 1 && fewer[0].detail.hasPrefix("x-delivery-limit"))
        declaration.arguments.append(("x-dead-letter-exchange", .text("dead")))
        #expect(QueueWarnings.of("q", losses: QueueLosses.of(declaration), returns: 0, since: 7).isEmpty)
    }

    @Test func `messages that were given back often are warned of, whatever the queue says of itself`() {
        let warnings = QueueWarnings.of("q", losses: [], returns: 3, since: 7)
        #expect(warnings.count == 1 && warnings[0].name == "queue q")
        #expect(warnings[0].detail.hasPrefix("messages were given back up to 3 times"))
    }

    @Test func `a warning keeps nothing from being ready, a part that is down does`() {
        let warnings = QueueWarnings.of("q", losses: [], returns: 3, since: 7)
        var readiness = Readiness(isDraining: false, guarantee: "", parts: [], warnings: warnings)
        #expect(readiness.isReady)
        let (ok, detail) = Self.words(.wanted)
        readiness.parts = [PartHealth(name: "rabbitMQ", ok: ok, since: 0, detail: detail)]
        #expect(!readiness.isReady)
    }
}
