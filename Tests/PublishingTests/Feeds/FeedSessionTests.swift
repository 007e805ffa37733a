import Ingest
import BSON
import Contracts
import IngestTesting
import JSON
import Synchronization
import Testing

/// A feed from its collection to its queue, without a server.
@Suite("A feed, simulated")
struct FeedSessionTests {
    private static let hour: Int64 = 3_600_000

    @Test(arguments: [FeedWorld.byField, FeedWorld.byFlag, .snapshot])
    func `publishes all documents once, and notes how far it has come`(_ progress: FeedPlan.Progress) async throws {
        try await FeedWorld.with { world in
            world.put(0..<95)
            let gateway = world.start("a", FeedWorld.configuration(progress, every: Self.hour))
            try await world.simulation.until("a run ends") { gateway.record.runs.count == 1 }
            await gateway.stop()
            let run = gateway.record.runs[0]
            #expect(run.documents == 95 && run.confirmed == 95 && run.failed == 0 && run.error == nil)
            #expect(Set(world.received) == Set((0..<95).map { "limits:d\($0):1" }) && world.received.count == 95)
            let row = try #require(world.row)
            #expect(row.lastRun == run && row.state == "waiting" && !row.isIncomplete && row.holder == nil)
            switch progress {
            case .field:
                #expect(world.received == (0..<95).map { "limits:d\($0):1" })
                #expect(row.mark?.value == BSONValue(date: Fixtures.now - 1_000_000 + 94))
            case .flag: #expect(world.flagged == 95)
            case .snapshot: #expect(row.mark == nil)
            }
        }
    }

    @Test func `runs by its schedule, with what is new`() async throws {
        try await FeedWorld.with { world in
            world.put(0..<5)
            let gateway = world.start("a", FeedWorld.configuration(FeedWorld.byField, every: 60_000))
            try await world.simulation.until("a run ends") { gateway.record.runs.count == 1 }
            world.put(5)
            try await world.simulation.sleep(.seconds(30))
            #expect(world.received.count == 5)
            try await world.simulation.until("the next run ends") { gateway.record.runs.count == 2 }
            await gateway.stop()
            #expect(world.received.count == 6 && gateway.record.runs[1].documents == 1)
            #expect(gateway.record.runs[1].at - gateway.record.runs[0].at >= 60_000)
        }
    }

    @Test func `follows changes, the versions of a document in their order`() async throws {
        try await FeedWorld.with { world in
            let gateway = world.start("a", FeedWorld.configuration(FeedWorld.byFlag, watches: true))
            try await world.simulation.until("a run ends") { gateway.record.runs.count == 1 }
            for version in 1...20 {
                for number in 0..<5 { world.put(number, version: version) }
                try await world.simulation.sleep(.milliseconds(70))
            }
            try await world.simulation.until("all are marked") { world.flagged == 5 }
            await gateway.stop()
            for (id, versions) in world.versions {
                #expect(versions == Array(Set(versions)).sorted() && versions.last == 20, "\(id): \(versions)")
            }
            #expect(gateway.record.runs.count == 1)
        }
    }

    @Test(arguments: [true, false])
    func `a place in the change stream that is lost leads to a run over all documents`(whileItRuns: Bool) async throws {
        try await FeedWorld.with { world in
            world.put(0..<5)
            let configuration = FeedWorld.configuration(FeedWorld.byFlag, watches: true)
            let first = world.start("a", configuration)
            try await world.simulation.until("a run ends") { first.record.runs.count == 1 }
            var gateway = first
            if whileItRuns {
                world.put(5..<10)
                world.database.drop(FeedWorld.collection)
                world.put(5..<10)
            } else {
                await first.stop()
                world.put(5..<10)
                world.database.forgetChanges()
                gateway = world.start("a", configuration)
            }
            try await world.simulation.until("they come") { Set(world.received).count == 10 }
            world.put(10)
            try await world.simulation.until("it follows on") { Set(world.received).count == 11 }
            await gateway.stop()
            #expect(gateway.record.warnings.contains { $0.contains("change stream cannot go on") })
            #expect(gateway.status.notice?.contains("all documents are read once") == true)
        }
    }

    @Test func `without change streams it looks by itself, also the first time`() async throws {
        try await FeedWorld.with(hasStreams: false) { world in
            world.put(0..<5)
            let gateway = world.start("a", FeedWorld.configuration(FeedWorld.byFlag, watches: true))
            try await world.simulation.until("a run ends", within: .seconds(5)) { gateway.record.runs.count == 1 }
            world.put(5)
            try await world.simulation.until("it looks again", within: .seconds(40)) { world.flagged == 6 }
            await gateway.stop()
            #expect(world.received.count == 6)
        }
    }

    @Test func `where the change stream cannot be opened, runs that are due go on`() async throws {
        try await FeedWorld.with { world in
            world.put(0..<5)
            world.database.fail { $0 == .watch ? .unavailable : nil }
            let gateway = world.start("a", FeedWorld.configuration(FeedWorld.byFlag, watches: true, every: 60_000))
            try await world.simulation.until("a run ends") { gateway.record.runs.count == 1 }
            world.put(5)
            try await world.simulation.until("another run ends") { gateway.record.runs.count == 2 }
            #expect(world.flagged == 6)
            world.database.fail(nil)
            world.put(6)
            try await world.simulation.until("changes are followed") {
                gateway.status.state == .waiting && world.flagged == 7
            }
            await gateway.stop()
            #expect(world.received.count == 7)
        }
    }

    @Test func `commands are carried out: pause, run, resume, rewind`() async throws {
        try await FeedWorld.with { world in
            world.put(0..<10)
            let gateway = world.start("a", FeedWorld.configuration(FeedWorld.byField, every: Self.hour))
            try await world.simulation.until("a run ends") { gateway.record.runs.count == 1 }
            world.database.command("limits") { $0.append("isPaused", bool: true) }
            try await world.simulation.until("it pauses") { world.row?.state == "paused" }
            world.put(10)
            world.database.command("limits") { $0.append("runRequestedAt", date: 5) }
            try await world.simulation.sleep(.seconds(300))
            #expect(world.received.count == 10)
            world.database.command("limits") { $0.append("isPaused", bool: false) }
            try await world.simulation.until("it runs") { gateway.record.runs.count == 2 }
            #expect(world.row?.lastRun?.request == 5 && world.received.count == 11)

            world.database.command("limits") { $0.append("rewind", document: { $0.append("at", date: 1) }) }
            try await world.simulation.until("it begins again") { gateway.record.runs.count == 3 }
            #expect(world.received.count == 22 && world.row?.rewoundAt == 1)
            let from = Fixtures.now - 1_000_000 + 7
            world.database.command("limits") { row in
                row.append(
                    "rewind",
                    document: { rewind in
                        rewind.append("at", date: 2)
                        rewind.append("to", date: from)
                    })
            }
            try await world.simulation.until("it begins again") { gateway.record.runs.count == 4 }
            await gateway.stop()
            #expect(world.received.dropFirst(22).map { $0 } == [7, 8, 9, 10].map { "limits:d\($0):1" })
        }
    }

    @Test func `a pause in the middle of a run is heard, and the run goes on afterwards`() async throws {
        try await FeedWorld.with { world in
            world.put(0..<500)
            let gateway = world.start(
                "a", FeedWorld.configuration(FeedWorld.byField, every: Self.hour),
                latency: { try? await world.simulation.sleep(.milliseconds(100)) })
            try await world.simulation.until("some are published") { world.received.count > 100 }
            world.database.command("limits") { $0.append("isPaused", bool: true) }
            try await world.simulation.until("it pauses") { world.row?.state == "paused" }
            let count = world.received.count
            #expect(count < 400)
            try await world.simulation.sleep(.seconds(60))
            #expect(world.received.count == count)
            world.database.command("limits") { $0.append("isPaused", bool: false) }
            try await world.simulation.until("the run ends") { gateway.record.runs.count == 1 }
            await gateway.stop()
            #expect(world.received.count == 500 && Set(world.received).count == 500)
            #expect(gateway.record.runs[0].documents == 500)
        }
    }

    @Test func `what cannot be rendered becomes a row, and the rest flows`() async throws {
        try await FeedWorld.with { world in
            world.put(0..<20)
            world.put(20) { $0.append("bad", bool: true) }
            world.put(21) { $0.append("skip", bool: true) }
            world.database.put(.document { $0.append("_id", string: "odd") }, in: FeedWorld.collection)
            let gateway = world.start("a", FeedWorld.configuration(FeedWorld.byField, every: Self.hour))
            try await world.simulation.until("a run ends") { gateway.record.runs.count == 1 }
            await gateway.stop()
            let run = gateway.record.runs[0]
            #expect(run.documents == 22 && run.confirmed == 20 && run.skipped == 1 && run.failed == 1)
            #expect(run.error?.contains("1 document of 'limitStatus' has no 'lastUpdate'") == true)
            #expect(world.database.postings.map(\.id) == ["feed:limits:d20", "feed:limits:odd"])
            #expect(world.database.postings.allSatisfy { $0.state == .stuck })
        }
    }

    @Test func `where no queue takes anything it holds, records little, and goes on once there is one`() async throws {
        try await FeedWorld.with { world in
            world.put(0..<200)
            world.broker.delete(FeedWorld.queue)
            let gateway = world.start("a", FeedWorld.configuration(FeedWorld.byFlag, every: Self.hour))
            try await world.simulation.until("it holds") { gateway.status.state.word == "holding" }
            try await world.simulation.sleep(.seconds(60))
            #expect(world.database.postings.count <= 40 && world.flagged <= 40)
            world.broker.declare(FeedWorld.queue)
            try await world.simulation.until("all came") { world.flagged == 200 && world.database.postings.isEmpty }
            await gateway.stop()
            #expect(Set(world.received).count == 200 && gateway.status.state == .waiting)
        }
    }

    @Test func `what nobody knows of is published again under its message-id, and not marked before`() async throws {
        try await FeedWorld.with { world in
            world.put(0..<30)
            world.broker.fail { _ in .lostAfter }
            let gateway = world.start("a", FeedWorld.configuration(FeedWorld.byField, every: Self.hour))
            try await world.simulation.sleep(.seconds(30))
            #expect(!world.received.isEmpty && world.row?.mark == nil)
            #expect(gateway.status.state.word == "holding")
            world.broker.fail(nil)
            try await world.simulation.until("a run ends") { gateway.record.runs.count == 1 }
            await gateway.stop()
            #expect(Set(world.received) == Set((0..<30).map { "limits:d\($0):1" }))
            #expect(world.row?.mark?.id == BSONValue(string: "d29"))
        }
    }
}
