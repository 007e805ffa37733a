internal import Contracts

/// Takes one batch after another from a lane and settles it on one store.
struct LaneWorker<S: Store>: Sendable {
    let lane: ApplyLane<S>
    let number: Int
    let store: S

    func run() async {
        let preparer = ItemPreparer(limits: lane.limits, versionField: lane.versionField)
        while let work = await lane.queue.next(preparer) {
            let isSettled = await settle(work)
            if isSettled { work.turn.settle() } else { work.turn.abandon() }
            lane.queue.end(work)
            guard isSettled else { return }
            for segment in work.batch.segments where segment.isLast {
                lane.messageSettled(segment.message)
            }
        }
    }

    /// True once the whole batch is durable or redelivered, false if cancelled before.
    private func settle(_ work: LaneQueue.Work) async -> Bool {
        if work.mustFollow { guard await work.turn.follow() else { return false } }
        var batches = OpenBatches(work.batch, newMark: lane.environment.seed)
        var keys: BatchKeys? = work.keys
        var trouble = Trouble()
        var stamp = work.stamp
        while let batch = batches.current {
            let started = lane.environment.uptime()
            let open = lane.channels.open(of: batch)
            if let open, !open.isEmpty || trouble.since == nil {
                // Redelivered messages are settled on redelivery; later ones may have been settled meanwhile.
                if open.isEmpty { batches.settled() } else { batches.keep(open) }
                keys = nil
                continue
            }
            // None of it is ours any more, but it probes whether the store accepts batches again. Messages with a
            // message-id are deduplicated by the ledger wherever they are settled first; others are not committed.
            let isTrial = open != nil && !batch.isKnownBySender
            do throws(StoreError) {
                let plan = BatchPlan(batch, keys: keys ?? BatchKeys(batch), context: context(stamp))
                stamp.advance()
                let turn = isTrial ? CommitTurn.never() : work.turn
                let result = try await store.settle(plan.reads, turn: turn) { plan.plan($0) }
                if let collection = result.oversized { throw .oversized(collection) }
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
                for (segment, one) in zip(batch.segments, result.segments) {
                    if let answer = one.answer, !isTrial { lane.answered(segment.message.message.delivery, answer) }
                }
                lane.outage.settled(at: lane.environment.now())
                lane.observer.settled(
                    SettledBatch(
                        batch: batch, result: result, duration: started.duration(to: lane.environment.uptime()),
                        at: lane.environment.now()))
            } catch {
                // The store answered: stale messages are dropped, and settled on redelivery.
                if open != nil, error.kind != .unavailable, isTrial || error.kind != .gaveWay {
                    guard (try? await lane.environment.sleep(lane.outage.rest)) != nil else { return false }
                    if trouble.end() { lane.observer.resumed(lane: number) }
                    continue
                }
                if error.kind == .gaveWay {
                    guard await work.turn.follow() else { return false }
                    continue
                }
                work.turn.meetTrouble()
                if error.kind != .unavailable, work.turn.isBehind {
                    // The previous batch has not committed: it may be freeing the value that a unique index reports
                    // here.
                    guard await work.turn.follow() else { return false }
                    continue
                }
                let now = lane.environment.now()
                let pause: Duration
                switch trouble.next(after: error, now: now, chance: lane.environment.chance()) {
                case .split where batches.refused(error):
                    keys = nil
                    continue
                case .split:
                    // The contents are not the cause, since the smallest dead letter is refused too.
                    keys = nil
                    pause = Trouble.longWait
                    lane.observer.waiting(
                        lane: number, error: .deadLetterRefused(error), since: trouble.isStuck(now: now))
                case .wait(let next):
                    pause = next
                    if error.kind != .refused {
                        lane.observer.waiting(lane: number, error: error, since: trouble.since ?? 0)
                    }
                }
                if open == nil, lane.outage.mustGiveBack(troubleSince: trouble.since ?? now, now: now) {
                    lane.channels.giveBack()
                    lane.outage.gaveBack(at: now)
                }
                guard (try? await lane.environment.sleep(pause)) != nil else { return false }
            }
        }
        return true
    }

    private func context(_ stamp: PostingStamp) -> PlanContext {
        PlanContext(
            route: lane.route, now: lane.environment.now(), seed: lane.environment.seed(),
            versionField: lane.versionField, resultQueue: lane.resultQueue, answers: lane.answers, limits: lane.limits,
            stamp: stamp)
    }
}

extension StoreError {
    fileprivate static func oversized(_ collection: String) -> StoreError {
        StoreError(
            kind: .refused, code: 0,
            message: "writing to '\(collection)': what the items change in one record is more than one write may hold"
                + " (16 MB); change it in several messages")
    }

    /// The last resort: nothing more can be left out.
    fileprivate static func deadLetterRefused(_ error: StoreError) -> StoreError {
        StoreError(
            kind: error.kind, code: error.code,
            message:
                "\(error.message). The dead letter of it is refused as well, so the lane waits, and the broker keeps its"
                + " messages")
    }
}
