import Testing

@testable import Console

@Suite struct EventTests {
    private static func report(
        items: Int = 0, open: Int = 0, failed: Int = 0, since: Int64 = 1, countedSince: Int64? = nil, waiting: Int? = 3,
        hasQueues: Bool = true
    ) -> StatusReport {
        StatusReport(
            version: "1", startedAt: 0,
            readiness: Readiness(isDraining: false, guarantee: "exactly once", parts: []),
            routes: [
                StatusReport.Route(
                    name: "catalogs", since: since, state: "running", sources: [("q", waiting)],
                    hasQueues: hasQueues, countedSince: countedSince, messages: [],
                    items: [("inserted", items)], itemsPerSecond: 0)
            ], feeds: [],
            postings: failed == 0
                ? []
                : [
                    StatusReport.Postings(
                        name: "feed", destination: "queue q", pending: 0, failed: failed, stuck: 0, since: 1,
                        reason: "no queue")
                ], deadLetters: [("open", open)], openDeadLetters: open)
    }

    private static func draft(_ topic: EventTopic, _ data: String, key: String? = nil) -> EventDraft {
        EventDraft(topic: topic, keys: key.map { [$0] } ?? [], data: data)
    }

    @Test func `the ring keeps the newest of each topic, in order, and tells of a gap`() {
        var ring = EventRing()
        let most = EventTopic.outcomes.most
        ring.add(Self.draft(.postings, "rare"))
        for number in 0..<(most + 10) { ring.add(Self.draft(.outcomes, "\(number)")) }
        let all = ring.events(after: 0, EventFilter(.outcomes))
        #expect(all.hasGap && all.events.count == most)
        #expect(all.events.map(\.number) == Array(12...(most + 11)))
        #expect(!ring.events(after: 11, EventFilter(.outcomes)).hasGap, "the oldest that is kept comes next")
        let late = ring.events(after: most + 10, EventFilter(.outcomes))
        #expect(!late.hasGap && late.events.map(\.data) == ["\(most + 9)"])
        let rare = ring.events(after: 0, EventFilter(.postings))
        #expect(!rare.hasGap && rare.events.map(\.data) == ["rare"], "a busy topic pushes out none of another")
        #expect(ring.events(after: ring.last + 1, EventFilter(.postings)).hasGap, "a number that was never given")
    }

    @Test func `of the status only the newest is told, and it leaves no gap`() {
        var ring = EventRing()
        for number in 0..<2000 { ring.add(Self.draft(.status, "\(number)")) }
        let found = ring.events(after: 0, EventFilter(.status))
        #expect(!found.hasGap && found.events.map(\.data) == ["1999"])
        #expect(ring.events(after: 2000, EventFilter(.status)).events.isEmpty)
    }

    @Test func `a key narrows a topic, and a route is a topic of its own`() throws {
        var ring = EventRing()
        ring.add(Self.draft(.outcomes, "a", key: "catalogs"))
        ring.add(Self.draft(.outcomes, "b", key: "orders"))
        ring.add(EventDraft(topic: .deadLetters, keys: ["open", "replayed"], data: "c"))
        func data(_ name: String, _ key: String?) throws -> [String] {
            ring.events(after: 0, try EventFilter(name, key: key) { ["catalogs", "orders"] }).events.map(\.data)
        }
        #expect(try data("outcomes", nil) == ["a", "b"])
        #expect(try data("outcomes", "orders") == ["b"])
        #expect(try data("orders", nil) == ["b"])
        #expect(try data("outcomes", "nobody") == [])
        #expect(try data("deadLetters", "replayed") == ["c"])
        #expect(try data("deadLetters", "discarded") == [])
    }

    @Test(arguments: [
        ("outcome", nil, "unknownTopic", "did you mean 'outcomes'?"),
        ("catalog", nil, "unknownTopic", "did you mean 'catalogs'?"), ("x", nil, "unknownTopic", "there are status"),
        ("status", "open", "invalid", "leave the key out"), ("catalogs", "catalogs", "invalid", "leave the key out"),
    ])
    func `a wish that cannot be met says what to do`(name: String, key: String?, code: String, remedy: String) {
        let problem = #expect(throws: ConsoleProblem.self) { try EventFilter(name, key: key) { ["catalogs"] } }
        #expect(problem?.code == code && problem?.remedy.contains(remedy) == true)
    }

    @Test func `an id of another run, or none at all, is lost`() {
        let numbering = EventNumbering(run: "a1")
        #expect(numbering.start(numbering.id(7)) == .after(7))
        #expect(numbering.start(nil) == .now && numbering.start("") == .now)
        for id in ["b2-7", "a1", "a1-", "a1-x", "a1--7", "7", "-7"] { #expect(numbering.start(id) == .lost, "\(id)") }
    }

    @Test func `whoever comes back after a restart is told of a gap once, and then what is new`() {
        let hub = EventHub()
        hub.add([Self.draft(.status, "s"), Self.draft(.outcomes, "old")])
        var following = EventFollowing()
        let outcomes = EventFilter(.outcomes), status = EventFilter(.status)
        following.begin(outcomes, .lost, hub)
        following.begin(status, .lost, hub)
        let first = following.news(hub)
        #expect(first.prefix(2) == [.gap(outcomes), .gap(status)] && first.count == 3)
        #expect(following.news(hub).isEmpty)
        hub.add([Self.draft(.outcomes, "new")])
        let next = following.news(hub)
        #expect(next.count == 1 && !next.contains(.gap(outcomes)))
    }

    @Test func `several topics come in the order of their events`() {
        let hub = EventHub()
        var following = EventFollowing()
        following.begin(EventFilter(.postings), .now, hub)
        following.begin(EventFilter(.outcomes), .now, hub)
        hub.add([Self.draft(.outcomes, "1"), Self.draft(.postings, "2"), Self.draft(.outcomes, "3")])
        let told = following.news(hub).compactMap { if case .event(let event, _) = $0 { event.data } else { nil } }
        #expect(told == ["1", "2", "3"])
        following.end(EventFilter(.outcomes))
        hub.add([Self.draft(.outcomes, "4"), Self.draft(.postings, "5")])
        #expect(following.news(hub).count == 1)
    }

    @Test func `the pulse tells what is different, and a posting that fails no more`() {
        var pulse = Pulse()
        #expect(pulse.beat(Self.report(items: 5), now: 0).map(\.topic) == [.status])
        #expect(pulse.beat(Self.report(items: 5), now: 500).isEmpty)
        let more = pulse.beat(Self.report(items: 7, open: 1, failed: 2), now: 1000)
        #expect(more.map(\.topic) == [.status, .deadLetters, .postings, .outcomes])
        #expect(more.map(\.keys) == [[], ["open"], ["feed"], ["catalogs"]])
        #expect(more.last?.data.contains(#""items":{"inserted":2}"#) == true)
        let well = pulse.beat(Self.report(items: 7, open: 1), now: 1500)
        #expect(well.map(\.topic) == [.status, .postings])
        #expect(
            well.last?.data
                == #"{"name":"feed","destination":"queue q","pending":0,"failed":0,"stuck":0,"since":null,"reason":null}"#
        )
        #expect(well.last?.keys == ["feed"])
        // A route that began anew counts from nothing.
        let anew = pulse.beat(Self.report(items: 1, open: 1, since: 2), now: 2000)
        #expect(anew.last?.data.contains(#""items":{"inserted":1}"#) == true)
    }

    @Test func `what grows older by itself is no news, but told with the next status`() {
        func report(lag: Double, failed: Int) -> StatusReport {
            var report = Self.report(items: 5)
            report.feeds = [
                StatusReport.Feed(
                    name: "f", state: "waiting", reason: nil, isHere: true, lastRunAt: 1, nextRunAt: 2, failed: failed,
                    lagSeconds: lag)
            ]
            return report
        }
        var pulse = Pulse()
        #expect(pulse.beat(report(lag: 1, failed: 0), now: 0).map(\.topic) == [.status])
        #expect(pulse.beat(report(lag: 1.5, failed: 0), now: 500).isEmpty)
        let next = pulse.beat(report(lag: 2, failed: 1), now: 1000)
        #expect(next.map(\.topic) == [.status] && next.first?.data.contains(#""lagSeconds":2.0"#) == true)
    }

    @Test func `outcomes after a pause are told at once, and those of a steady load once a second`() {
        var pulse = Pulse()
        var told: [(at: Int64, data: String)] = []
        for beat in 0..<9 {
            // Nothing at first, then ten items between two beats, then nothing.
            let items = max(0, min(beat - 2, 4)) * 10
            for event in pulse.beat(Self.report(items: items), now: Int64(beat) * 500) where event.topic == .outcomes {
                told.append((Int64(beat) * 500, event.data))
            }
        }
        #expect(told.map(\.at) == [1500, 2500, 3500])
        #expect(
            zip(told, [10, 20, 10]).allSatisfy { $0.data.contains(#""items":{"inserted":\#($1)}"#) }, "\(told)")
    }

    @Test func `a follower that reads nothing holds nobody up, and is told once`() async throws {
        let hub = EventHub()
        let signal = try #require(hub.follow())
        for number in 0..<5000 { hub.add([Self.draft(.outcomes, "\(number)")]) }
        var rings = 0
        hub.close()
        for await _ in signal { rings += 1 }
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

    @Test func `a queue that could not be counted makes the sum unknown, a source that is no queue does not`() {
        var history = History()
        let reports = [
            Self.report(waiting: 3), Self.report(waiting: nil), Self.report(waiting: nil, hasQueues: false),
        ]
        for (number, report) in reports.enumerated() {
            history.take(report, isWatched: true, now: Int64(number) * 10_000)
        }
        #expect(history.samples.map(\.waiting) == [3, nil, 0])
    }

    @Test func `a route that was restarted goes on counting, and only the difference is an event`() {
        var pulse = Pulse()
        _ = pulse.beat(Self.report(items: 5, since: 1, countedSince: 1), now: 0)
        let events = pulse.beat(Self.report(items: 7, since: 9, countedSince: 1), now: 10_000)
        #expect(events.filter { $0.topic == .outcomes }.map { $0.data.contains(#""inserted":2"#) } == [true])
    }

    @Test(arguments: [(true, false, "up"), (false, false, "down"), (true, true, "off"), (false, true, "down")])
    func `a part is up, down, or off`(ok: Bool, isOff: Bool, word: String) {
        let part = PartHealth(name: "rabbitMQ", ok: ok, since: 0, detail: "", isOff: isOff)
        #expect(HealthJSON.text(of: part, showsState: true).contains(#""state":"\#(word)""#))
        #expect(!HealthJSON.text(of: part).contains("state"), "what /readyz answers stays as it is")
    }

    @Test func `a stream names its topics, and one of them may have a key`() throws {
        func filters(_ topics: String?, _ key: String?) throws -> [EventFilter] {
            try EventStream.filters(topics, key: key) { ["catalogs"] }
        }
        #expect(throws: ConsoleProblem.self) { try filters("outcome", nil) }
        #expect(throws: ConsoleProblem.self) { try filters("outcomes,postings", "catalogs") }
        #expect(throws: ConsoleProblem.self) { try filters(nil, "catalogs") }
        #expect(try filters("status,outcomes,status", nil).map(\.name) == ["status", "outcomes"])
        #expect(try filters("outcomes", "catalogs").map(\.key) == ["catalogs"])
        #expect(try filters("catalogs", nil).map(\.topic) == [.outcomes])
        #expect(try filters(nil, nil).map(\.topic) == EventTopic.allCases)
    }
}
