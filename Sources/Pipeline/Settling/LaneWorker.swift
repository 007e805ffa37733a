internal import Documents

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
        var todo = [(batch: work.batch, keys: Optional(work.keys))]
        var trouble = Trouble()
        while let (next, keys) = todo.popLast() {
            var batch = next
            let started = ContinuousClock.now
            do {
                let plan = BatchPlan(batch, keys: keys ?? BatchKeys(batch), context: context)
                let result = try await store.settle(plan.reads, turn: work.turn) { plan.plan($0) }
                if trouble.end() { lane.observer.resumed(lane: number) }
                guard result.missingLedgerIDs.isEmpty else {
                    batch.furtherLedgerIDs += result.missingLedgerIDs
                    todo.append((batch, keys))
                    continue
                }
                lane.observer.settled(
                    SettledBatch(
                        batch: batch, result: result, duration: ContinuousClock.now - started,
                        at: lane.environment.now()))
            } catch where error.kind == .gaveWay {
                todo.append((batch, keys))
                guard await work.turn.follow() else { return false }
            } catch {
                work.turn.meetTrouble()
                if error.kind == .refused, let parts = batch.withoutRefused(error) {
                    todo += parts.map { ($0, nil) }
                    continue
                }
                todo.append((batch, keys))
                let wait = trouble.wait(for: error, now: lane.environment.now())
                lane.observer.waiting(lane: number, error: error, since: trouble.since ?? 0)
                guard (try? await lane.environment.sleep(wait)) != nil else { return false }
            }
        }
        return true
    }

    private var context: PlanContext {
        PlanContext(
            route: lane.route, now: lane.environment.now(), seed: lane.environment.seed(),
            versionField: lane.versionField)
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

extension Batch {
    /// What to settle instead of a batch that the store refused, the last part first: its halves, or the only item as a dead
    /// letter. Nil where the refusal is not of an item.
    fileprivate func withoutRefused(_ error: StoreError) -> [Batch]? {
        if let (first, second) = halves() { return [second, first] }
        guard let place = onlyPlace, refusals[place] == nil else { return nil }
        var batch = self
        batch.refusals[place] = .storeRefused(error, item: place.item)
        return [batch]
    }

    /// The place of the only item, where there is only one.
    private var onlyPlace: ItemPlace? {
        guard segments.count == 1, let segment = segments.first, segment.range.count == 1 else { return nil }
        return ItemPlace(tag: segment.message.message.delivery.tag, item: segment.range.lowerBound)
    }
}

extension Reason {
    fileprivate static func storeRefused(_ error: StoreError, item: Int) -> Reason {
        Reason(
            item: item, code: .storeRefused, pointer: JSONPointer(["items", String(item)]),
            expected: "a record that the store takes",
            found: error.code == 0 ? nil : "error \(error.code)", text: error.message)
    }
}
