/// Takes one batch after another from a lane and settles it on one store.
struct LaneWorker<S: Store>: Sendable {
    let lane: ApplyLane<S>
    let number: Int
    let store: S

    func run() async {
        while let work = await lane.queue.next() {
            let isSettled = await settle(work)
            if isSettled { work.turn.settle() } else { work.turn.abandon() }
            lane.queue.end(work)
            guard isSettled else { return }
            for segment in work.batch.segments where segment.isLast {
                lane.messageSettled(segment.message)
            }
        }
    }

    /// Returns true once all of the batch is durable or given out again by the broker, false when cancelled before.
    private func settle(_ work: LaneQueue.Work) async -> Bool {
        if work.mustFollow { guard await work.turn.follow() else { return false } }
        var batches = OpenBatches(work.batch, newMark: lane.environment.seed)
        var keys: BatchKeys? = work.keys
        var trouble = Trouble()
        while let batch = batches.current {
            let started = ContinuousClock.now
            let open = lane.channels.open(of: batch)
            if let open, !open.isEmpty || trouble.since == nil {
                // What is given out again is settled as that, and by then others may have settled what came after it.
                if open.isEmpty { batches.settled() } else { batches.keep(open) }
                keys = nil
                continue
            }
            // Nothing of it is ours any more, but it shows when the store takes batches again. By what the sender has named,
            // the ledger knows it wherever it is settled first; of the rest nothing is committed.
            let isTrial = open != nil && !batch.isKnownBySender
            do throws(StoreError) {
                let plan = BatchPlan(batch, keys: keys ?? BatchKeys(batch), context: context)
                let turn = isTrial ? CommitTurn.never() : work.turn
                let result = try await store.settle(plan.reads, turn: turn) { plan.plan($0) }
                if trouble.end() { lane.observer.resumed(lane: number) }
                guard !result.isUndecided else {
                    batches.mustRead(result.missingLedgerIDs)
                    if !result.doubtful.isEmpty, await lane.channels.confirm(batch) {
                        batches.confirmed(result.doubtful)
                    } else if Task.isCancelled {
                        return false
                    }
                    continue
                }
                batches.settled()
                lane.outage.settled(at: lane.environment.now())
                lane.observer.settled(
                    SettledBatch(
                        batch: batch, result: result, duration: ContinuousClock.now - started,
                        at: lane.environment.now()))
            } catch {
                if isTrial, error.kind == .gaveWay || error.kind == .refused {
                    guard (try? await lane.environment.sleep(lane.outage.rest)) != nil else { return false }
                    if trouble.end() { lane.observer.resumed(lane: number) }
                    continue
                }
                if error.kind == .gaveWay {
                    guard await work.turn.follow() else { return false }
                    continue
                }
                work.turn.meetTrouble()
                if error.kind == .refused, batches.refused(error) {
                    keys = nil
                    continue
                }
                let now = lane.environment.now()
                let wait = trouble.wait(for: error, now: now)
                if open == nil, lane.outage.mustGiveBack(troubleSince: trouble.since ?? now, now: now) {
                    lane.channels.giveBack()
                    lane.outage.gaveBack(at: now)
                }
                lane.observer.waiting(lane: number, error: error, since: trouble.since ?? 0)
                guard (try? await lane.environment.sleep(wait)) != nil else { return false }
            }
        }
        return true
    }

    private var context: PlanContext {
        PlanContext(
            route: lane.route, now: lane.environment.now(), seed: lane.environment.seed(),
            versionField: lane.versionField, resultQueue: lane.resultQueue)
    }
}

/// How long a worker waits before it tries a batch again.
private struct Trouble {
    private var backOff = BackOff()
    private var attempts = 0
    /// Milliseconds since 1970 of the first error; nil while all is well.
    private(set) var since: Int64?

    /// The network and the server come and go: that is waited for with growing pauses. An error that nobody knows is tried
    /// again twice soon, then at long intervals.
    mutating func wait(for error: StoreError, now: Int64) -> Duration {
        attempts += 1
        since = since ?? now
        return error.kind == .unavailable || attempts < 3 ? backOff.wait() : .seconds(30)
    }

    /// Whether there was any.
    mutating func end() -> Bool {
        defer { self = Trouble() }
        return since != nil
    }
}
