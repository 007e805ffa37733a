import Ingest
import BSON
@testable import Contracts
import IngestTesting
import JSON
@testable import Publishing
import Testing

/// What a feed's session does next, as a table and as what holds whatever happens.
@Suite("The decision of a feed's session")
struct FeedDecisionTests {
    typealias Flow = FeedDecision.Flow
    typealias Stream = FeedDecision.Stream
    typealias Action = FeedDecision.Action

    private static let now: Int64 = 1_000_000
    private static let hourly = FeedDecision(began: now - 5000, nextRun: { $0 + 3_600_000 })
    private static let watching = FeedDecision(watches: true, began: now - 5000)
    private static let sharing = FeedDecision(watches: true, isShared: true, began: now - 5000)

    static func row(_ change: (inout FeedRow) -> Void = { _ in }) -> FeedRow {
        var row = [UInt8].document { $0.append("_id", string: "limits") }.withUnsafeBytes { FeedRow(bson: $0) }
        row.lastRun = FeedRun(at: now - 1000)
        change(&row)
        return row
    }

    private static func flow(_ change: (inout Flow) -> Void) -> Flow {
        var flow = Flow()
        change(&flow)
        return flow
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let decision: FeedDecision
        let row: FeedRow
        let stream: Stream
        let flow: Flow
        let action: Action

        init(
            _ text: String, by decision: FeedDecision = FeedDecisionTests.hourly,
            row: FeedRow = FeedDecisionTests.row(), stream: Stream = .none, flow: Flow = Flow(), _ action: Action
        ) {
            testDescription = text
            self.decision = decision
            self.row = row
            self.stream = stream
            self.flow = flow
            self.action = action
        }
    }

    static let between: [Case] = [
        Case("the lease is lost", flow: flow { $0.isOurs = false }, .giveUp),
        Case("the store failed", flow: flow { $0.failure = "no server" }, .backOff("no server")),
        Case("the destination takes nothing", flow: flow { $0.hold = "no queue" }, .backOff("no queue")),
        Case("nothing is due", .wait(until: now - 1000 + 3_600_000)),
        Case("it has never run", row: row { $0.lastRun = nil }, .run(request: nil)),
        Case("its time has come", row: row { $0.lastRun = FeedRun(at: now - 3_600_000) }, .run(request: nil)),
        Case("a run was interrupted", row: row { $0.isIncomplete = true }, .run(request: nil)),
        Case("it is to run now", row: row { $0.runRequestedAt = 7 }, .run(request: 7)),
        Case(
            "it was to run, and did",
            row: row { row in
                row.runRequestedAt = 7
                row.lastRun?.request = 7
            }, .wait(until: now - 1000 + 3_600_000)),
        Case("it is paused", row: row { $0.isPaused = true }, .pause),
        Case(
            "it is paused, and is to run",
            row: row { row in
                row.isPaused = true
                row.runRequestedAt = 7
                row.isIncomplete = true
            }, .pause),
        Case(
            "it is to begin again", row: row { $0.rewind = .init(at: 3, to: nil) },
            .rewind(.init(at: 3, to: nil))),
        Case(
            "it began again, as it was to",
            row: row { row in
                row.rewind = .init(at: 3, to: nil)
                row.rewoundAt = 3
            }, .wait(until: now - 1000 + 3_600_000)),
        Case("the stream is closed", by: watching, stream: .closed, .openStream),
        Case("the stream is open", by: watching, stream: .open, .follow(until: nil)),
        Case("the stream is open, and there is a schedule", stream: .open, .follow(until: now - 1000 + 3_600_000)),
        Case("the stream's place is lost", by: watching, stream: .lost("code 286"), .forgetPlace("code 286")),
        Case("the stream cannot be opened, and nothing is due", by: watching, stream: .unavailable, .openStream),
        Case(
            "the stream cannot be opened, and a run is due", by: watching, row: row { $0.isIncomplete = true },
            stream: .unavailable, .run(request: nil)),
        Case("there is no stream: it looks by itself", by: watching, .wait(until: now - 1000 + 30_000)),
        Case(
            "there is no stream, and it has never run", by: watching, row: row { $0.lastRun = nil }, .run(request: nil)),
        Case(
            "others may be gone who claimed something", by: sharing, stream: .open, .follow(until: now - 1000 + 30_000)),
        Case("nothing sets it off", by: FeedDecision(began: now), .wait(until: nil)),
        Case(
            "nothing sets it off, and it has never run", by: FeedDecision(), row: row { $0.lastRun = nil },
            .wait(until: nil)),
    ]

    private static func running(_ pass: Int = 0, end: Bool = false, _ change: (inout Flow) -> Void = { _ in }) -> Flow {
        flow { flow in
            flow.activity = .run(pass: pass, isAtEnd: end)
            change(&flow)
        }
    }

    static let duringARun: [Case] = [
        Case("there is more", flow: running(), .publishNext),
        Case("the lease is lost", flow: running { $0.isOurs = false }, .leave),
        Case("the destination takes nothing", flow: running { $0.hold = "no queue" }, .leave),
        Case("a batch was given up", flow: running { $0.isAbandoned = true }, .leave),
        Case("it is paused", row: row { $0.isPaused = true }, flow: running(), .leave),
        Case("it is to begin again", row: row { $0.rewind = .init(at: 1, to: nil) }, flow: running(), .leave),
        Case("it is to run: it does", row: row { $0.runRequestedAt = 7 }, flow: running(), .publishNext),
        Case("all is read, and something is under way", flow: running(end: true) { $0.isIdle = false }, .awaitBatches),
        Case("all is done", flow: running(end: true), .finishRun),
        Case("documents changed meanwhile", flow: running(end: true) { $0.changed = 2 }, .readAgain),
        Case("documents change all the time", flow: running(2, end: true) { $0.changed = 2 }, .finishRun),
        Case("all is read, and a batch was given up", flow: running(end: true) { $0.isAbandoned = true }, .leave),
    ]

    private static func following(until: Int64? = nil, _ change: (inout Flow) -> Void = { _ in }) -> Flow {
        flow { flow in
            flow.activity = .follow(until: until)
            flow.token = [1]
            flow.tokenSavedAt = now - 40_000
            change(&flow)
        }
    }

    static let whileFollowing: [Case] = [
        Case("nothing has come yet", stream: .open, flow: following(), .awaitChanges),
        Case("its time has come", stream: .open, flow: following(until: now), .leave),
        Case("its time comes", stream: .open, flow: following(until: now + 1), .awaitChanges),
        Case("it is paused", row: row { $0.isPaused = true }, stream: .open, flow: following(), .leave),
        Case("it is to run", row: row { $0.runRequestedAt = 7 }, stream: .open, flow: following(), .leave),
        Case("it is to begin again", row: row { $0.rewind = .init(at: 1, to: nil) }, flow: following(), .leave),
        Case("the lease is lost", stream: .open, flow: following { $0.isOurs = false }, .leave),
        Case("a batch was given up", stream: .quiet(token: [2]), flow: following { $0.isAbandoned = true }, .leave),
        Case("nothing came for long", stream: .quiet(token: [2]), flow: following(), .savePlace([2])),
        Case("nothing came for long, nor moved", stream: .quiet(token: [1]), flow: following(), .awaitChanges),
        Case(
            "nothing came, and something is under way", stream: .quiet(token: [2]),
            flow: following { $0.isIdle = false }, .awaitChanges),
        Case(
            "nothing came for a moment", stream: .quiet(token: [2]), flow: following { $0.tokenSavedAt = now - 30_000 },
            .awaitChanges),
    ]

    @Test(arguments: between) func `between two activities`(_ given: Case) { check(given) }
    @Test(arguments: duringARun) func `during a run`(_ given: Case) { check(given) }
    @Test(arguments: whileFollowing) func `while it follows changes`(_ given: Case) { check(given) }

    private func check(_ given: Case) {
        #expect(
            given.decision.next(given.row, now: Self.now, stream: given.stream, flow: given.flow) == given.action)
    }

    @Test func `commands come from the row that was read, all else from what the session wrote`() {
        let read = Self.row { row in
            row.isPaused = true
            row.runRequestedAt = 7
            row.rewind = .init(at: 3, to: nil)
            row.isIncomplete = true
        }
        let own = Self.row { row in
            row.rewoundAt = 3
            row.lastRun?.request = 7
        }
        let row = read.commands(over: own)
        #expect(row.isPaused && row.openRewind == nil && row.openRequest == nil && !row.isIncomplete)
    }
}
