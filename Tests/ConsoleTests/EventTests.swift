import Testing

@testable import Console

@Suite struct EventTests {
    private static func report(
        items: Int = 0, open: Int = 0, failed: Int = 0, since: Int64 = 1
    ) -> StatusReport {
        StatusReport(
            version: "1", startedAt: 0,
            readiness: Readiness(isDraining: false, guarantee: "exactly once", parts: []),
            routes: [
                StatusReport.Route(
                    name: "catalogs", since: since, state: "running", sources: [("q", 3)], messages: [],
                    items: [("inserted", items)], itemsPerSecond: 0)
            ], feeds: [],
            postings: failed == 0
                ? []
                : [
                    StatusReport.Postings(
                        name: "feed", destination: "queue q", pending: 0, failed: failed, stuck: 0, since: 1,
                        reason: "no queue")
                ], deadLetters: [("open", open)])
    }

    @Test func `the ring keeps the newest, in order, and tells of a gap`() {
        var ring = EventRing()
        for number in 0..<(EventRing.most + 10) { ring.add(number % 2 == 0 ? .outcomes : .postings, "\(number)") }
        let all = ring.events(after: 0, of: Set(EventRing.Topic.allCases))
        #expect(all.hasGap && all.events.count == EventRing.most)
        #expect(all.events.map(\.number) == Array(11...(EventRing.most + 10)))
        let late = ring.events(after: EventRing.most + 8, of: [.postings])
        #expect(!late.hasGap && late.events.map(\.data) == ["\(EventRing.most + 9)"])
        #expect(ring.events(after: ring.last + 1, of: [.postings]).hasGap, "a number that was never given")
    }

    @Test func `of the status only the newest is told, and it leaves no gap`() {
        var ring = EventRing()
        for number in 0..<2000 { ring.add(.status, "\(number)") }
        ring.add(.postings, "p")
        let found = ring.events(after: 0, of: [.status, .postings])
        #expect(!found.hasGap && found.events.map(\.data) == ["1999", "p"])
    }

    @Test func `the pulse tells what is different, and a posting that fails no more`() {
        var pulse = Pulse()
        #expect(pulse.beat(Self.report(items: 5), now: 0).map(\.topic) == [.status])
        #expect(pulse.beat(Self.report(items: 5), now: 500).isEmpty)
        let more = pulse.beat(Self.report(items: 7, open: 1, failed: 2), now: 1000)
        #expect(more.map(\.topic) == [.status, .deadLetters, .postings, .outcomes])
        #expect(more.last?.data.contains(#""items":{"inserted":2}"#) == true)
        let well = pulse.beat(Self.report(items: 7, open: 1), now: 1500)
        #expect(well.map(\.topic) == [.status, .postings])
        #expect(well.last?.data.contains(#""failed":0"#) == true)
        // A route that began anew counts from nothing.
        let anew = pulse.beat(Self.report(items: 1, open: 1, since: 2), now: 2000)
        #expect(anew.last?.data.contains(#""items":{"inserted":1}"#) == true)
    }

    @Test func `a follower that reads nothing holds nobody up, and is told once`() async throws {
        let hub = EventHub()
        let bell = try #require(hub.follow())
        for number in 0..<5000 { hub.add([(.outcomes, "\(number)")]) }
        var rings = 0
        hub.close()
        for await _ in bell { rings += 1 }
        #expect(rings == 1)
        #expect(hub.follow() == nil, "nobody follows after the end")
    }

    @Test func `followers have a bound`() throws {
        let hub = EventHub()
        let bells = (0..<EventHub.mostFollowers).compactMap { _ in hub.follow() }
        #expect(bells.count == EventHub.mostFollowers && hub.follow() == nil)
        withExtendedLifetime(bells) {}
    }

    @Test func `the last hour has a sample every ten seconds`() {
        var history = History()
        for second in 0..<5000 {
            history.take(Self.report(items: second * 3, open: 2), isWatched: second > 10, now: Int64(second) * 1000)
        }
        #expect(history.samples.count == History.most)
        #expect(history.samples.last?.rates["catalogs"] == 3 && history.samples.last?.waiting == 3)
    }

    @Test func `an unknown topic is told with the nearest one`() {
        #expect(throws: ConsoleProblem.self) { try EventStream.topics("outcome") }
        #expect((try? EventStream.topics("status,outcomes")) == [.status, .outcomes])
    }
}
