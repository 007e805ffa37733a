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
        var stamp = work.stamp
        while let batch = batches.current {
            let started = ContinuousClock.now
            do throws(StoreError) {
                let plan = BatchPlan(batch, keys: keys ?? BatchKeys(batch), context: context(stamp))
                stamp.advance()
                let result = try await store.settle(plan.reads, turn: work.turn) { plan.plan($0) }
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
                if error.kind == .refused, batches.refused(error) {
                    keys = nil
                    continue
                }
                let wait = trouble.wait(for: error, now: lane.environment.now())
                lane.observer.waiting(lane: number, error: error, since: trouble.since ?? 0)
                guard (try? await lane.environment.sleep(wait)) != nil else { return false }
            }
        }
        return true
    }

    private func context(_ stamp: PostingStamp) -> PlanContext {
        PlanContext(
            route: lane.route, now: lane.environment.now(), seed: lane.environment.seed(),
            versionField: lane.versionField, resultQueue: lane.resultQueue, stamp: stamp)
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
