internal import Documents
internal import Records

/// A feed from taking its lease to losing it: decides what is done next. Belongs to one task.
final class FeedSession<S: FeedStore, P: Publisher> {
    /// Between two looks at orders while changes are waited for.
    static var watchPatience: Duration { .milliseconds(250) }
    /// How often the place in a change stream is saved that brings nothing of ours: were it never, the store would forget it.
    static var idleTokenInterval: Int64 { 30_000 }
    static var bytesOfBatch: Int { 4 << 20 }
    /// So often documents that change all the time are read again within one run.
    static var passesOfRun: Int { 3 }

    /// Between two looks for documents that no run can meet; in milliseconds.
    static var strayInterval: Int64 { 3_600_000 }

    /// Between two runs of a feed that has no schedule and cannot rely on changes; in milliseconds.
    static var lookInterval: Int64 { 30_000 }

    let worker: FeedWorker<S, P>
    let preparer: FeedPreparer
    let watch: S.Watch?
    /// What this session has written itself; the row as it was read lags behind.
    var own: FeedRow
    var mustOpenWatch = true
    /// A run that was interrupted and goes on.
    var openRun: FeedRun?
    /// The server's clock less ours, in milliseconds.
    var clockAhead: Int64 = 0
    var tokenSavedAt: Int64 = 0
    /// What is to be said of documents that no run can meet, as it was known last, and when that was looked at.
    var strays: String?
    var lookedForStraysAt: Int64?
    var hasLookedForIndex = false
    private let began: Int64
    private var backOff = BackOff(least: .seconds(1), most: .seconds(10))

    init(_ worker: FeedWorker<S, P>, preparer: FeedPreparer, watch: S.Watch?, row: FeedRow) {
        self.worker = worker
        self.preparer = preparer
        self.watch = watch
        own = row
        began = worker.environment.now()
    }

    var terms: FeedTerms { worker.terms }
    var store: S { worker.store }
    var held: HeldLease { worker.held }
    var flow: FeedFlow { worker.flow }
    var name: String { terms.plan.name }
    var mayGoOn: Bool { held.isValid && !Task.isCancelled }
    func now() -> Int64 { worker.environment.now() }

    /// Until the lease is lost or the task is cancelled.
    func run() async {
        while mayGoOn {
            do throws(StoreError) {
                if try await step() { backOff.reset() }
            } catch {
                await worker.isInTrouble(error.message)
                if error.kind != .unavailable { mustOpenWatch = true }
                try? await worker.environment.sleep(backOff.wait())
                continue
            }
            if let reason = flow.hold { await hold(reason) }
        }
    }

    /// One thing after another. True where it went well.
    private func step() async throws(StoreError) -> Bool {
        let orders = FeedRow(held.lease)
        if let rewind = openRewind(orders) { try await carryOut(rewind) }
        if orders.isPaused {
            try await rest(as: .paused, until: nil)
            return true
        }
        let isOpen = try await openIfNeeded()
        let due = due(orders)
        if let due, due <= now() {
            try await runOnce(request: openRequest(orders))
        } else if let watch, isOpen {
            try await follow(watch, until: due)
        } else {
            try await rest(as: .waiting, until: due)
        }
        return flow.goesOn
    }

    // MARK: What is due

    /// The order to run that this session has not carried out.
    private func openRequest(_ orders: FeedRow) -> Int64? {
        guard let request = orders.runRequestedAt, own.lastRun?.request != request else { return nil }
        return request
    }

    /// The order to begin again that this session has not carried out; the row as it was read may lag behind.
    func openRewind(_ orders: FeedRow) -> FeedRow.Rewind? {
        guard let rewind = orders.rewind, rewind.at != own.rewoundAt else { return nil }
        return rewind
    }

    /// When the next run begins; nil: never by itself.
    private func due(_ orders: FeedRow) -> Int64? {
        if own.isIncomplete || openRequest(orders) != nil { return .min }
        return scheduled
    }

    var scheduled: Int64? {
        if let last = own.lastRun {
            if let next = terms.nextRun(last.at) { return next }
            return mustLookByItself ? last.at + Self.lookInterval : nil
        }
        let first = terms.nextRun(began)
        // A feed that has never run begins at once, rather than at the first time of its schedule.
        return first != nil ? .min : nil
    }

    /// A feed that only follows changes must look for itself where there is no stream of them, and where others may be gone
    /// who had claimed something.
    private var mustLookByItself: Bool { terms.plan.watches && (watch == nil || terms.plan.isShared) }

    /// Whether somebody has ordered something that the running work does not do.
    func hasOrders(until due: Int64?) -> Bool {
        let orders = FeedRow(held.lease)
        if orders.isPaused || openRewind(orders) != nil { return true }
        return openRequest(orders) != nil || (due.map { $0 <= now() } ?? false)
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

    /// The destination takes nothing: pauses, and the next pass goes on with one document.
    private func hold(_ reason: String) async {
        await worker.isInTrouble(reason)
        own.state = nil
        mustOpenWatch = true
        try? await worker.environment.sleep(backOff.wait())
        flow.beginPass()
    }

    // MARK: Writing

    func write(_ note: FeedNote) async throws(StoreError) {
        if try await !store.note(note, lease: held.lease) { held.lose() }
    }

    private func carryOut(_ rewind: FeedRow.Rewind) async throws(StoreError) {
        if case .flag = terms.plan.progress { try await store.takeBackFlags(from: rewind.to) }
        var note = FeedNote()
        note.rewoundAt = rewind.at
        if case .field = terms.plan.progress { note.mark = rewind.to.map { FeedMark(value: $0, id: nil) } }
        note.isIncomplete = true
        try await write(note)
        own.rewoundAt = rewind.at
        worker.memory.forget()
        flow.rewind(to: note.mark)
        own.isIncomplete = true
        openRun = nil
    }

    // MARK: The change stream

    /// False where there is none. One that cannot be opened is no reason not to publish by runs.
    private func openIfNeeded() async throws(StoreError) -> Bool {
        guard let watch else { return false }
        guard mustOpenWatch else { return true }
        do throws(StoreError) {
            try await open(watch)
            return true
        } catch {
            guard let due = due(FeedRow(held.lease)), due <= now() else { throw error }
            await worker.isInTrouble(error.message)
            return false
        }
    }

    private func open(_ watch: S.Watch) async throws(StoreError) {
        switch try await watch.open(after: flow.token) {
        case .opened(let token):
            if flow.token == nil {
                // What is stored already is for a run; what comes from here on is not missed meanwhile.
                var note = FeedNote()
                note.resumeToken = token
                note.isIncomplete = true
                try await write(note)
                own.isIncomplete = true
                flow.begin(token: token)
            }
            mustOpenWatch = false
        case .tokenLost(let reason):
            let notice =
                "the change stream cannot go on where it was (\(reason)); all documents are looked at once instead"
            worker.board.change { $0.notice = notice }
            worker.observer.noticed(feed: name, .warning(notice))
            flow.forgetToken()
            try await open(watch)
        }
    }
}
