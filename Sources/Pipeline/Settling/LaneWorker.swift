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

    /// Returns true once all of the batch is durable, false when cancelled before.
    private func settle(_ work: LaneQueue.Work) async -> Bool {
        if work.mustFollow { guard await work.turn.follow() else { return false } }
        var batches = OpenBatches(work.batch, newMark: lane.environment.seed)
        var keys: BatchKeys? = work.keys
        var trouble = Trouble()
        while let batch = batches.current {
            let started = ContinuousClock.now
            do throws(StoreError) {
                let plan = BatchPlan(batch, keys: keys ?? BatchKeys(batch), context: context)
                let result = try await store.settle(plan.reads, turn: work.turn) { plan.plan($0) }
                if let collection = result.oversized { throw .oversized(collection) }
                if trouble.end() { lane.observer.resumed(lane: number) }
                guard result.missingLedgerIDs.isEmpty else {
                    batches.mustRead(result.missingLedgerIDs)
                    continue
                }
                batches.settled()
                lane.observer.settled(
                    SettledBatch(
                        batch: batch, result: result, duration: ContinuousClock.now - started,
                        at: lane.environment.now()))
            } catch {
                if error.kind == .gaveWay {
                    guard await work.turn.follow() else { return false }
                    continue
                }
                work.turn.meetTrouble()
                if error.kind != .unavailable, work.turn.isBehind {
                    // The one before has not committed: it may be freeing just the value that a unique index misses here.
                    guard await work.turn.follow() else { return false }
                    continue
                }
                switch trouble.next(after: error, now: lane.environment.now()) {
                case .split where batches.refused(error):
                    keys = nil
                    continue
                case .split:
                    // It is not what the batch holds, for the smallest of dead letters is refused too.
                    keys = nil
                    let since = trouble.isStuck(now: lane.environment.now())
                    lane.observer.waiting(lane: number, error: .deadLetterRefused(error), since: since)
                    guard (try? await lane.environment.sleep(Trouble.longWait)) != nil else { return false }
                case .wait(let pause):
                    if error.kind != .refused {
                        lane.observer.waiting(lane: number, error: error, since: trouble.since ?? 0)
                    }
                    guard (try? await lane.environment.sleep(pause)) != nil else { return false }
                }
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

extension StoreError {
    fileprivate static func oversized(_ collection: String) -> StoreError {
        StoreError(
            kind: .refused, code: 0,
            message: "writing to '\(collection)': what the items change in one record is more than one write may hold"
                + " (16 MB); change it in several messages")
    }

    /// Where nothing can be left out any more.
    fileprivate static func deadLetterRefused(_ error: StoreError) -> StoreError {
        StoreError(
            kind: error.kind, code: error.code,
            message:
                "\(error.message). The dead letter of it is refused as well, so the lane waits, and the broker keeps its"
                + " messages")
    }
}
