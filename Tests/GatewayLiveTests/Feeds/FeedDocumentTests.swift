import BSON
import Contracts
import Ingest
import JSON
import MongoStore
import Publishing
import Synchronization
import Testing

extension RouteLiveTests.Feeds {
    /// Documents that come late, change meanwhile, or cannot be published.
    @Suite("and their documents")
    struct DocumentTests {
        private func terms(
            _ live: LiveFeed, _ progress: FeedPlan.Progress, watches: Bool = false,
            every milliseconds: Int64 = 3_600_000
        ) -> FeedConfiguration {
            FeedConfiguration(
                plan: RouteLiveTests.Feeds.plan(progress, watches: watches),
                target: .amqp(exchange: "", routingKey: live.queue),
                nextRun: { $0 + milliseconds })
        }

        @Test("one that cannot be rendered, is too large or has no place in the order is recorded; the rest flows")
        func unrenderable() async throws {
            try await LiveFeed.with { live in
                try await live.insert(
                    0..<100,
                    more: { number, document in
                        if number == 10 { document.append("bad", bool: true) }
                        if number == 20 { document.append("skip", bool: true) }
                        if number == 30 { document.append("text", string: String(repeating: "x", count: 5000)) }
                    })
                var odd = BSONSequence()
                odd.appendDocument { $0.append("_id", string: "noField") }
                odd.appendDocument { document in
                    document.append("_id", string: "text")
                    document.append("lastUpdate", string: "2021-01-01")
                }
                odd.appendDocument { document in
                    document.append("_id", string: "list")
                    document.append("lastUpdate", array: { $0.append("0", date: 2_000_000_000_000) })
                }
                try await live.insert(odd)
                var terms = terms(live, RouteLiveTests.Feeds.byField)
                terms.largestBody = 4000
                let feed = try await RunningFeed(live, terms)
                try await feed.waitForRuns(1)
                let run = feed.record.runs[0]
                #expect(run.documents == 100 && run.confirmed == 97 && run.skipped == 1 && run.failed == 2)
                #expect(run.error?.contains("3 documents of 'limitStatus' have no 'lastUpdate'") == true)
                let stuck = try await live.postingRows()
                #expect(
                    Set(stuck.map(\.id)) == [
                        "feed:limits:d10", "feed:limits:d30", "feed:limits:noField", "feed:limits:text",
                        "feed:limits:list",
                    ])
                #expect(stuck.allSatisfy { $0.state == .stuck && $0.reason?.isEmpty == false })
                #expect(feed.status.failed == 5)

                // Fixed, it is published, and its row is deleted.
                try await live.order("limits") { $0.append("runRequestedAt", date: 1) }
                try await live.update(10) { document in
                    document.append("lastUpdate", date: 1_700_000_000_000)
                    document.append("version", int64: 2)
                    document.append("bad", null: ())
                }
                try await feed.waitForRuns(2)
                await feed.stop()
                // The field is still there, so it is still bad: nothing was lost or sent by that.
                #expect(try await live.postingRows().count == 5)
                #expect(try await live.receive().count == 97)
            }
        }

        @Test("one that was recorded as unpublishable goes when a newer version is published, and its row with it")
        func mended() async throws {
            try await LiveFeed.with { live in
                try await live.insert(0..<3)
                try await live.update(1) { $0.append("lastUpdate", string: "yesterday") }
                let feed = try await RunningFeed(live, terms(live, RouteLiveTests.Feeds.byField, every: 1000))
                try await feed.waitForRuns(1)
                #expect(try await live.postingRows().map(\.id) == ["feed:limits:d1"])
                try await live.update(1) { $0.append("lastUpdate", date: 1_700_000_000_000) }
                try await live.waitForMessages(3)
                try await Patience.until("its row goes") { try await live.postingRows().isEmpty }
                await feed.stop()
                #expect(feed.status.failed == 0)
            }
        }

        @Test("one that comes late, within the overlap, is published; those read again are not")
        func late() async throws {
            try await LiveFeed.with { live in
                try await live.insert(0..<1000)
                let feed = try await RunningFeed(
                    live, terms(live, .field("lastUpdate", overlapMilliseconds: 60_000), every: 500))
                try await feed.waitForRuns(2)
                try await live.insert(1000..<1010) { 1_614_427_650_000 - Int64($0) }
                try await live.waitForMessages(1010)
                try await feed.waitForRun()
                await feed.stop()
                let received = try await live.receive()
                #expect(received.count == 1010)
                #expect(Set(received.map(\.number)) == Set(0..<1010))
            }
        }

        @Test("one from the future hides none of the present")
        func future() async throws {
            try await LiveFeed.with { live in
                try await live.insert(0..<10) { $0 == 0 ? 4_000_000_000_000 : 1_614_427_650_000 }
                let feed = try await RunningFeed(live, terms(live, RouteLiveTests.Feeds.byField, every: 300))
                try await feed.waitForRuns(1)
                let now = GatewayEnvironment.live.now()
                try await live.insert(10..<20) { _ in now + 1000 }
                try await live.waitForMessages(20)
                try await feed.waitForRuns(4)
                await feed.stop()
                #expect(try await live.receive().count == 20)
            }
        }

        @Test("one that changes between read and mark is published again", arguments: [true, false])
        func changedMeanwhile(hasVersionField: Bool) async throws {
            try await LiveFeed.with { live in
                try await live.insert(0..<1000)
                var terms = terms(live, RouteLiveTests.Feeds.byFlag)
                if !hasVersionField { terms.plan.versionField = nil }
                let isFirst = Mutex(true)
                let feed = try await RunningFeed(live, terms) { postings in
                    guard
                        isFirst.withLock({ first in
                            defer { first = false }
                            return first
                        })
                    else { return }
                    for number in 0..<10 { try? await live.update(number) { $0.append("version", int64: 2) } }
                }
                try await feed.waitForRuns(1)
                await feed.stop()
                let received = try await live.receive()
                #expect(received.count == 1010)
                #expect(received.filter { $0.version == 2 }.map(\.number).sorted() == Array(0..<10))
                #expect(try await live.count { $0.append(BSONWriter.bytes(of: "sent"), bool: true) } == 1000)
            }
        }

        @Test("changes are published as they are registered, the versions of a document in order")
        func watched() async throws {
            try await LiveFeed.with { live in
                try await live.insert(0..<100)
                let feed = try await RunningFeed(
                    live,
                    FeedConfiguration(
                        plan: RouteLiveTests.Feeds.plan(.field("lastUpdate", overlapMilliseconds: 1000), watches: true),
                        target: .amqp(exchange: "", routingKey: live.queue)))
                try await feed.waitForRuns(1)
                for version in 2..<42 {
                    for number in 0..<10 {
                        try await live.update(number) { document in
                            document.append("version", int64: Int64(version))
                            document.append("lastUpdate", date: 1_614_427_650_000 + Int64(version))
                        }
                    }
                }
                try await live.insert(100..<200)
                try await Patience.until("the last versions come; \(feed.status)") {
                    feed.record.count(.confirmed) >= 200
                        && feed.status.publishedUntil ?? 0 > GatewayEnvironment.live.now() - 400
                }
                try await Task.sleep(for: .milliseconds(600))
                await feed.stop()
                let received = try await live.receive()
                var versions: [Int: Int] = [:]
                for message in received {
                    #expect(message.version > versions[message.number] ?? 0, "\(message)")
                    versions[message.number] = message.version
                }
                #expect(versions.count == 200)
                for number in 0..<200 { #expect(versions[number] == (number < 10 ? 41 : 1)) }
                #expect(Set(received.map(\.id)).count == received.count)
            }
        }

        @Test("a change stream that cannot go on falls back to all documents, and says so")
        func lostToken() async throws {
            try await LiveFeed.with { live in
                try await live.insert(0..<10)
                let terms = FeedConfiguration(
                    plan: RouteLiveTests.Feeds.plan(RouteLiveTests.Feeds.byFlag, watches: true),
                    target: .amqp(exchange: "", routingKey: live.queue))
                let first = try await RunningFeed(live, terms)
                try await first.waitForRuns(1)
                await first.stop()
                try await live.order("limits") { order in
                    order.append("resumeToken", document: { $0.append("_data", string: "8200") })
                }
                try await live.insert(10..<20)
                let second = try await RunningFeed(live, terms)
                try await live.waitForMessages(20)
                try await live.insert(20..<30)
                try await live.waitForMessages(30)
                await second.stop()
                #expect(second.record.warnings.contains { $0.contains("change stream cannot go on") })
                #expect(second.status.notice?.contains("change stream") == true)
                #expect(try await live.receive().count == 30)
            }
        }

        @Test("a collection that is dropped and made again is followed on")
        func dropped() async throws {
            try await LiveFeed.with { live in
                try await live.insert(0..<10)
                let feed = try await RunningFeed(
                    live,
                    FeedConfiguration(
                        plan: RouteLiveTests.Feeds.plan(RouteLiveTests.Feeds.byFlag, watches: true),
                        target: .amqp(exchange: "", routingKey: live.queue)))
                try await live.waitForMessages(10)
                try await feed.waitForRuns(1)
                try await live.reader.command("drop") { $0.append("drop", string: "limitStatus") }
                try await live.insert(10..<20)
                try await live.waitForMessages(20)
                try await live.insert(20..<30)
                try await live.waitForMessages(30)
                await feed.stop()
                #expect(try await live.receive().count == 30)
            }
        }

        @Test("orders are carried out: pause, resume, run, rewind")
        func orders() async throws {
            try await LiveFeed.with { live in
                try await live.insert(0..<10)
                let feed = try await RunningFeed(live, terms(live, RouteLiveTests.Feeds.byField))
                try await feed.waitForRuns(1)
                try await live.order("limits") { $0.append("isPaused", bool: true) }
                try await Patience.until("it pauses") { try await live.row("limits").state == "paused" }
                try await live.insert(10..<20)
                try await live.order("limits") { $0.append("runRequestedAt", date: 5) }
                try await Task.sleep(for: .seconds(1))
                #expect(try await live.receive().count == 10)
                try await live.order("limits") { $0.append("isPaused", bool: false) }
                try await feed.waitForRuns(2)
                #expect(try await live.row("limits").lastRun?.request == 5)
                #expect(try await live.receive().count == 10)

                try await live.order("limits") { order in
                    order.append(
                        "rewind",
                        document: { rewind in
                            rewind.append("at", date: 1)
                            rewind.append("to", null: ())
                        })
                }
                try await feed.waitForRuns(3)
                #expect(try await live.receive().count == 20)
                try await live.order("limits") { order in
                    order.append(
                        "rewind",
                        document: { rewind in
                            rewind.append("at", date: 2)
                            rewind.append("to", date: 1_614_427_650_015)
                        })
                }
                try await feed.waitForRuns(4)
                await feed.stop()
                #expect(try await live.receive().map(\.number) == Array(15..<20))
                #expect(try await live.row("limits").rewoundAt == 2)
            }
        }
    }
}

extension RouteLiveTests.Feeds.DocumentTests {
    @Test("one that comes back to what it was is published again", arguments: [true, false])
    func thereAndBack(byFlag: Bool) async throws {
        try await LiveFeed.with { live in
            try await live.insert(0..<1)
            let progress = byFlag ? RouteLiveTests.Feeds.byFlag : FeedPlan.Progress.snapshot
            var plan = RouteLiveTests.Feeds.plan(progress, watches: true)
            plan.versionField = nil
            let feed = try await RunningFeed(live, FeedConfiguration(plan: plan, routingKey: live.queue))
            try await live.waitForMessages(1)
            try await feed.waitForRuns(1)
            for (count, version) in [(2, 2), (3, 1)] {
                try await live.update(0) { document in
                    document.append("version", int64: Int64(version))
                    if byFlag { document.append("sent", bool: false) }
                }
                try await live.waitForMessages(count)
            }
            await feed.stop()
            #expect(try await live.receive().map(\.version) == [1, 2, 1])
        }
    }
}
