import Ingest
import BSON
@testable import Contracts
import IngestTesting
import JSON
@testable import Publishing
import Testing

/// What holds of a feed's decisions whatever the row, the stream, the time and the flow.
@Suite("Every decision of a feed's session")
struct FeedDecisionProperties {
    private static let rounds = 20_000

    /// Something to decide, made of random parts.
    private struct Situation {
        var decision: FeedDecision
        var row: FeedRow
        var stream: FeedDecision.Stream
        var flow: FeedDecision.Flow
        var now: Int64

        init(_ random: inout Seeded) {
            now = .random(in: 0..<10_000_000, using: &random)
            let interval = Int64.random(in: 1..<4_000_000, using: &random)
            decision = FeedDecision()
            decision.watches = random.chance(0.7)
            decision.isShared = random.chance(0.2)
            decision.began = now - 1000
            if random.chance(0.5) { decision.nextRun = { $0 + interval } }
            row = FeedDecisionTests.row()
            row.lastRun = random.chance(0.7) ? FeedRun(at: .random(in: 0...now, using: &random)) : nil
            row.lastRun?.request = random.chance(0.5) ? 7 : nil
            row.runRequestedAt = random.chance(0.3) ? 7 : nil
            row.isPaused = random.chance(0.2)
            row.isIncomplete = random.chance(0.3)
            row.rewind = random.chance(0.2) ? .init(at: 3, to: nil) : nil
            row.rewoundAt = random.chance(0.5) ? 3 : nil
            let streams: [FeedDecision.Stream] = [
                .none, .closed, .unavailable, .lost("code 286"), .open, .quiet(token: [2]),
            ]
            stream = random.pick(streams)
            flow = FeedDecision.Flow()
            flow.isOurs = random.chance(0.9)
            let activities: [FeedDecision.Flow.Activity] = [
                .none, .run(pass: .random(in: 0..<3, using: &random), isAtEnd: random.chance(0.5)),
                .follow(until: random.chance(0.5) ? .random(in: 0..<10_000_000, using: &random) : nil),
            ]
            flow.activity = random.pick(activities)
            flow.failure = random.chance(0.2) ? "no server" : nil
            flow.hold = random.chance(0.2) ? "no queue" : nil
            flow.isAbandoned = random.chance(0.2)
            flow.isIdle = random.chance(0.6)
            flow.changed = random.chance(0.3) ? 2 : 0
            flow.token = random.chance(0.8) ? [random.chance(0.5) ? 1 : 2] : nil
            flow.tokenSavedAt = .random(in: 0...now, using: &random)
        }

        var next: FeedDecision.Action { decision.next(row, now: now, stream: stream, flow: flow) }
    }

    private func each(_ seed: UInt64, _ body: (Situation, FeedDecision.Action) -> Bool) {
        var random = Seeded(seed)
        for round in 0..<Self.rounds {
            let situation = Situation(&random)
            let action = situation.next
            guard body(situation, action) else {
                Issue.record("round \(round): \(action) of \(situation)")
                return
            }
        }
    }

    private static func reads(_ action: FeedDecision.Action) -> Bool {
        switch action {
        case .run, .follow, .publishNext, .awaitChanges, .readAgain: true
        default: false
        }
    }

    @Test func `a feed that is paused, or is to begin again, reads nothing more`() {
        each(1) { situation, action in
            guard situation.row.isPaused || situation.row.openRewind != nil else { return true }
            // A pass that has read all of it is ended by the next look.
            return !Self.reads(action) || action == .readAgain
        }
    }

    @Test func `whoever has lost the lease ends, and does nothing else`() {
        each(2) { situation, action in
            if situation.flow.isOurs { return action != .giveUp }
            return action == (situation.flow.activity == .none ? .giveUp : .leave)
        }
    }

    @Test func `a place is saved only where nothing before it is under way or given up`() {
        var saved = 0
        each(3) { situation, action in
            guard case .savePlace(let token) = action else { return true }
            saved += 1
            return situation.flow.isIdle && situation.flow.goesOn && situation.stream == .quiet(token: token)
                && situation.now - situation.flow.tokenSavedAt > FeedDecision.idleTokenInterval
        }
        #expect(saved > 20)
    }

    @Test func `a run ends only where all of it is read, and nothing is under way or given up`() {
        var ended = 0
        each(4) { situation, action in
            guard action == .finishRun else { return true }
            ended += 1
            guard case .run(let pass, true) = situation.flow.activity else { return false }
            return situation.flow.isIdle && situation.flow.goesOn && situation.flow.isOurs
                && (situation.flow.changed == 0 || pass + 1 >= FeedDecision.passesOfRun)
        }
        #expect(ended > 20)
    }

    @Test func `where the store or the destination is in trouble, nothing is done before it has waited`() {
        each(5) { situation, action in
            let flow = situation.flow
            guard flow.isOurs, flow.activity == .none, let reason = flow.failure ?? flow.hold else { return true }
            return action == .backOff(reason)
        }
    }

    /// Does what is decided, where nothing fails any more, and returns what was done until it waits for something to happen.
    private static func course(_ start: Situation) -> [FeedDecision.Action] {
        var situation = start
        situation.flow.isOurs = true
        situation.flow.activity = .none
        if situation.stream == .none || !situation.decision.watches { situation.stream = .none }
        var actions: [FeedDecision.Action] = []
        for _ in 0..<20 {
            let action = situation.next
            actions.append(action)
            switch action {
            case .backOff:
                situation.flow.failure = nil
                situation.flow.hold = nil
                situation.flow.isAbandoned = false
            case .rewind(let rewind):
                situation.row.rewoundAt = rewind.at
                situation.row.isIncomplete = true
            case .forgetPlace:
                situation.flow.token = nil
                situation.stream = .closed
            case .openStream:
                if situation.flow.token == nil {
                    situation.flow.token = [1]
                    situation.row.isIncomplete = true
                }
                situation.stream = .open
            case .run(let request):
                var run = FeedRun(at: situation.now)
                run.request = request ?? situation.row.lastRun?.request
                situation.row.lastRun = run
                situation.row.isIncomplete = false
            default: return actions
            }
        }
        return actions
    }

    @Test func `once nothing fails any more, a feed comes to rest, and has done what it was to do`() {
        each(6) { situation, _ in
            let actions = Self.course(situation)
            guard let last = actions.last, actions.count < 20 else { return false }
            if situation.row.isPaused { return last == .pause }
            let runs = actions.contains { if case .run = $0 { true } else { false } }
            let row = situation.row
            let mustRun = row.isIncomplete || row.openRequest != nil || row.openRewind != nil
            if mustRun, !runs { return false }
            switch last {
            case .wait(let until), .follow(let until): return until.map { $0 > situation.now } ?? true
            default: return false
            }
        }
    }

    @Test func `a place that is lost leads to a run over all documents`() {
        var lost = 0
        each(7) { situation, _ in
            guard case .lost = situation.stream, situation.decision.watches, !situation.row.isPaused else {
                return true
            }
            lost += 1
            let actions = Self.course(situation)
            guard let forgotten = actions.firstIndex(of: .forgetPlace("code 286")) else { return false }
            return actions[forgotten...].contains { if case .run = $0 { true } else { false } }
        }
        #expect(lost > 100)
    }
}
