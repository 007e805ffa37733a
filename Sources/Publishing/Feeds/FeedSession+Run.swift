internal import BSON
internal import Contracts
internal import JSON

extension FeedSession {
    /// Publishes all documents that are not published: from the first to the last, or as far as it comes. What interrupts it
    /// leaves it open, and the next call goes on with it.
    func runOnce(request: Int64?) async throws(StoreError) {
        // A stream that could not be opened is tried again once this has ended.
        defer { if stream == .unavailable { closeStream() } }
        var run = openRun ?? FeedRun(at: now())
        let isFresh = openRun == nil
        if run.request == nil { run.request = request ?? own.lastRun?.request }
        flow.begin(run)
        openRun = run
        var note = FeedNote()
        note.isIncomplete = true
        note.running = run
        // While it only tries whether it may go on, it still holds.
        if !flow.isInTrouble {
            worker.board.change { $0.state = .running }
            note.state = .running
            own.state = FeedStatus.State.running.word
        }
        try await write(note)
        own.isIncomplete = true
        await lookForIndex()

        var pass = 0
        while true {
            let isAtEnd: Bool
            do throws(StoreError) {
                isAtEnd = try await publishPass(pass, withOwn: isFresh && pass == 0)
                keepCounts()
            } catch {
                keepCounts()
                throw error
            }
            switch isAtEnd ? next(.run(pass: pass, isAtEnd: true)) : .leave {
            case .finishRun: return try await end()
            case .readAgain: pass += 1
            default: return
            }
        }
    }

    private func keepCounts() {
        if let counted = flow.run { openRun = counted }
    }

    /// Reads to the end once. False if a command ended it earlier.
    private func publishPass(_ pass: Int, withOwn: Bool) async throws(StoreError) -> Bool {
        flow.beginPass()
        let reading = try await store.beginReading(from: start)
        clockAhead = reading.now - now()
        var failure: StoreError?
        var isAtEnd = false
        await withDiscardingTaskGroup { group in
            var turn: CommitTurn?
            func begin(_ batch: FeedBatch) {
                let next = CommitTurn(after: turn)
                turn = next
                let worker = worker
                group.addTask { await worker.work(batch, turn: next, isNews: false) }
            }
            if withOwn {
                let batch = preparer.own(now: now())
                if !batch.items.isEmpty, await flow.enter([]) { begin(batch) }
            }
            while next(.run(pass: pass, isAtEnd: isAtEnd)) == .publishNext {
                await flow.untilKnown()
                do throws(StoreError) {
                    let claimedUntil = claimEnd
                    let documents = try await store.nextDocuments(count: flow.pace, bytes: Self.bytesOfBatch)
                    if documents.isEmpty {
                        isAtEnd = true
                        continue
                    }
                    guard var batch = try await batch(of: documents) else { break }
                    batch.claimedUntil = claimedUntil
                    begin(batch)
                } catch {
                    failure = error
                    break
                }
            }
        }
        if let failure { throw failure }
        return isAtEnd
    }

    /// Nil when the pass is at its end.
    private func batch(of documents: BSONSequence) async throws(StoreError) -> FeedBatch? {
        let ids = (0..<documents.count).compactMap { index in
            documents.withDocument(index) { document in
                BSONElements(document).first(named: "_id").map { BSONValue(copying: $0) }
            }
        }
        guard await flow.enter(ids) else { return nil }
        do throws(StoreError) {
            try await lookForRows()
        } catch {
            flow.leave(ids)
            throw error
        }
        let time = now()
        var batch = preparer.prepare(
            documents, isNews: false, rows: flow.rows, ceiling: time + clockAhead, now: time)
        batch.ids = ids
        return batch
    }

    /// Until when documents that are read now are ours to publish; nil: as long as the lease.
    var claimEnd: ContinuousClock.Instant? {
        configuration.plan.isShared ? worker.environment.uptime() + FeedConfiguration.claimCertainty : nil
    }

    /// Where several gateways share the documents, others may have recorded failures too.
    func lookForRows() async throws(StoreError) {
        if configuration.plan.isShared { flow.begin(rows: try await store.rowIDs()) }
    }

    private var start: FeedCheckpoint? {
        guard case .field(_, let overlap) = configuration.plan.progress else { return nil }
        return flow.mark?.earlier(milliseconds: overlap)
    }

    // MARK: The end of a run

    private func end() async throws(StoreError) {
        guard var run = openRun else { return }
        run.error = strays
        run.milliseconds = max(0, now() - run.at)
        var note = FeedNote()
        note.isIncomplete = false
        note.lastRun = run
        note.state = .waiting
        own.lastRun = run
        let scheduled = decision.scheduled(own, stream: stream)
        note.nextRunAt = .some(scheduled)
        try await write(note)
        own.isIncomplete = false
        own.state = FeedStatus.State.waiting.word
        own.nextRunAt = scheduled
        openRun = nil
        flow.begin(nil)
        worker.board.change { status in
            status.state = .waiting
            status.lastRun = run
            status.nextRunAt = self.own.nextRunAt
            status.publishedUntil = run.at
        }
        // The run is over, whatever comes of this.
        if await lookForStrays() {
            run.error = strays
            own.lastRun = run
            var note = FeedNote()
            note.lastRun = run
            try await write(note)
            worker.board.change { $0.lastRun = run }
        }
        worker.observer.noticed(feed: name, .runDone(run))
    }

    // MARK: What the run depends on

    /// Tells of an index that is missing, at the first run and until it is there.
    func lookForIndex() async {
        guard !hasLookedForIndex || worker.board.status.advice != nil else { return }
        guard let missing = try? await store.missingIndex() else {
            // Not known, or there is nothing to say.
            worker.board.change { $0.advice = nil }
            hasLookedForIndex = true
            return
        }
        let words =
            "MongoDB sorts all documents of '\(missing.collection)' for each run, which takes the longer the more there are;"
            + " create an index: \(missing.command)"
        if !hasLookedForIndex { worker.observer.noticed(feed: name, .warning(words)) }
        let since = worker.board.status.advice?.since ?? now()
        worker.board.change { $0.advice = FeedStatus.Advice(words: words, since: since) }
        hasLookedForIndex = true
    }

    /// Looks for documents that no run can meet, once in an hour and never for long, for no index finds them; records those
    /// that there are. True where there is something else to be said of them than before.
    private func lookForStrays() async -> Bool {
        guard case .field(let field, _) = configuration.plan.progress, held.isValid else { return false }
        let time = now()
        if let last = lookedForStraysAt, time.subtractingClamped(last).magnitude < Self.strayInterval { return false }
        lookedForStraysAt = time
        let most = 100
        // Not known in time: then it is not known.
        guard let ids = try? await store.documentsOutOfOrder(limit: most + 1) else { return false }
        let before = strays
        strays = nil
        if !ids.isEmpty {
            await record(ids.prefix(most), at: time)
            let count = ids.count > most ? "more than \(most)" : "\(ids.count)"
            strays =
                (ids.count == 1
                    ? "1 document of '\(configuration.plan.collection)' has"
                    : "\(count) documents of '\(configuration.plan.collection)' have")
                + " no '\(field)' of the kind that the others have, so \(ids.count == 1 ? "it is" : "they are") not published"
        }
        if let strays, strays != before { worker.observer.noticed(feed: name, .warning(strays)) }
        return strays != before
    }

    private func record(_ ids: some Sequence<BSONValue>, at time: Int64) async {
        var settlement = FeedSettlement()
        settlement.rows = ids.compactMap { preparer.outOfOrder($0, now: time) }.filter { !flow.rows.contains($0.id) }
        guard !settlement.rows.isEmpty,
            let settled = try? await store.settle(settlement, lease: held.lease)
        else { return }
        guard settled.isOurs else { return held.lose() }
        var outcome = FeedBatchOutcome()
        outcome.newRows = Set(settlement.rows.map(\.id))
        outcome.unrenderable = settlement.rows.count
        flow.settled(outcome, changed: 0)
        let failed = flow.rows.count
        worker.board.change { $0.failed = failed }
        worker.observer.settled(feed: name, outcome: .unrenderable, count: settlement.rows.count)
    }
}
