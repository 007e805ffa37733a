internal import BSON
internal import Contracts
internal import JSON

/// A feed from taking its lease to losing it: reads how things stand, asks ``FeedDecision`` what to do, and does it. Belongs
/// to one task.
final class FeedSession<S: FeedStore, P: Publisher> {
    /// Between two looks at commands while changes are waited for.
    static var watchPatience: Duration { .milliseconds(250) }
    static var bytesOfBatch: Int { 4 << 20 }
    /// Between two looks for documents that no run can meet; in milliseconds.
    static var strayInterval: Int64 { 3_600_000 }

    let worker: FeedWorker<S, P>
    let preparer: FeedPreparer
    let watch: S.Watch?
    let decision: FeedDecision
    /// What this session has written itself; the row as it was read lags behind.
    var own: FeedRow
    var stream: FeedDecision.Stream
    /// A run that was interrupted and goes on.
    var openRun: FeedRun?
    /// The server's clock less ours, in milliseconds.
    var clockAhead: Int64 = 0
    var tokenSavedAt: Int64 = 0
    /// The last known message about documents that no run can meet, and when that was checked.
    var strays: String?
    var lookedForStraysAt: Int64?
    var hasLookedForIndex = false
    /// Why the store did not do what was last asked of it.
    private var failure: StoreError?
    private var backOff = Backoff(least: .seconds(1), most: .seconds(10))

    init(_ worker: FeedWorker<S, P>, preparer: FeedPreparer, watch: S.Watch?, row: FeedRow) {
        self.worker = worker
        self.preparer = preparer
        self.watch = watch
        own = row
        stream = watch == nil ? .none : .closed
        let plan = worker.configuration.plan
        decision = FeedDecision(
            watches: plan.watches, isShared: plan.isShared, began: worker.environment.now(),
            nextRun: worker.configuration.nextRun)
    }

    var configuration: FeedConfiguration { worker.configuration }
    var store: S { worker.store }
    var held: HeldLease { worker.held }
    var flow: FeedFlow { worker.flow }
    var name: String { configuration.plan.name }
    var mayGoOn: Bool { held.isValid && !Task.isCancelled }
    func now() -> Int64 { worker.environment.now() }

    /// The row as a decision sees it.
    var row: FeedRow { FeedRow(held.lease).commands(over: own) }

    /// What is to be done next. `activity`: what is being done.
    func next(_ activity: FeedDecision.Flow.Activity = .none) -> FeedDecision.Action {
        var flow = flow.seen
        flow.isOurs = mayGoOn
        flow.activity = activity
        flow.failure = failure?.message
        flow.tokenSavedAt = tokenSavedAt
        return decision.next(row, now: now(), stream: stream, flow: flow)
    }

    /// Until the lease is lost or the task is cancelled.
    func run() async {
        while true {
            let action = next()
            if action == .giveUp { return }
            do throws(StoreError) {
                try await act(action)
            } catch {
                failure = error
            }
        }
    }

    private func act(_ action: FeedDecision.Action) async throws(StoreError) {
        switch action {
        case .backOff(let reason): return await backOff(reason)
        case .rewind(let rewind): return try await carryOut(rewind)
        case .openStream: return try await openStream()
        case .forgetPlace(let reason): return forgetPlace(reason)
        case .pause: try await rest(as: .paused, until: nil)
        case .wait(let due): try await rest(as: .waiting, until: due)
        case .run(let request): try await runOnce(request: request)
        case .follow(let due): try await follow(until: due)
        // They belong to an activity, and are done there.
        case .giveUp, .publishNext, .awaitBatches, .readAgain, .finishRun, .awaitChanges, .savePlace, .leave: return
        }
        if flow.goesOn { backOff.reset() }
    }

    // MARK: Resting

    private func rest(as state: FeedStatus.State, until due: Int64?) async throws(StoreError) {
        try await show(state, nextRunAt: due)
        let limit = due.map { Duration.milliseconds(max(1, min($0 &- now(), 60_000))) } ?? .seconds(60)
        await held.news.wait(atMost: limit, sleep: worker.environment.sleep)
    }

    /// Writes the state into the row where it is another one.
    func show(_ state: FeedStatus.State, nextRunAt: Int64?) async throws(StoreError) {
        let next = nextRunAt == .min ? nil : nextRunAt
        if case .holding = worker.board.status.state {
            own.state = nil
            await worker.goesWell()
        }
        worker.board.change { status in
            status.state = state
            status.nextRunAt = next
        }
        guard own.state != state.word || own.nextRunAt != next else { return }
        var note = FeedNote()
        note.state = state
        note.nextRunAt = .some(next)
        try await write(note)
        own.state = state.word
        own.nextRunAt = next
    }

    /// The store does not answer as it should, or the destination takes nothing: the next pass goes on with one document.
    private func backOff(_ reason: String) async {
        await worker.isInTrouble(reason)
        if failure == nil { own.state = nil }
        if failure?.kind != .unavailable { closeStream() }
        failure = nil
        try? await worker.environment.sleep(backOff.wait(chance: worker.environment.chance()))
        flow.beginPass()
    }

    // MARK: Writing

    func write(_ note: FeedNote) async throws(StoreError) {
        if try await !store.note(note, lease: held.lease) { held.lose() }
    }

    private func carryOut(_ rewind: FeedRow.Rewind) async throws(StoreError) {
        if case .flag = configuration.plan.progress { try await store.takeBackFlags(from: rewind.to) }
        var note = FeedNote()
        note.rewoundAt = rewind.at
        if case .field = configuration.plan.progress {
            note.mark = rewind.to.map { FeedCheckpoint(value: $0, id: nil) }
        }
        note.isIncomplete = true
        try await write(note)
        own.rewoundAt = rewind.at
        worker.memory.forget()
        flow.rewind(to: note.mark)
        own.isIncomplete = true
        openRun = nil
    }

    // MARK: The change stream

    /// It must be opened again before it is followed on.
    func closeStream() {
        if watch != nil { stream = .closed }
    }

    /// If it cannot be opened, the feed still publishes by runs.
    private func openStream() async throws(StoreError) {
        guard let watch else { return }
        do throws(StoreError) {
            switch try await watch.open(after: flow.token) {
            case .opened(let token):
                if flow.token == nil { try await beginStream(at: token) }
                stream = .open
            case .tokenLost(let reason): stream = .lost(reason)
            }
        } catch {
            guard let due = decision.due(row, stream: stream), due <= now() else { throw error }
            await worker.isInTrouble(error.message)
            stream = .unavailable
        }
    }

    /// What is stored already is for a run; what comes from here on is not missed meanwhile.
    private func beginStream(at token: [UInt8]) async throws(StoreError) {
        var note = FeedNote()
        note.resumeToken = token
        note.isIncomplete = true
        try await write(note)
        own.isIncomplete = true
        flow.begin(token: token)
    }

    private func forgetPlace(_ reason: String) {
        let notice =
            "the change stream cannot go on where it was (\(reason)); all documents are read once instead"
        worker.board.change { $0.notice = notice }
        worker.observer.noticed(feed: name, .warning(notice))
        flow.forgetToken()
        stream = .closed
    }
}
