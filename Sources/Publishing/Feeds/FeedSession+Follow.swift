internal import BSON
internal import Contracts
internal import JSON

extension FeedSession {
    /// Publishes changes as they are registered, until a run is due, a command comes, or it cannot go on.
    func follow(until due: Int64?) async throws(StoreError) {
        guard let watch else { return }
        try await show(.waiting, nextRunAt: due)
        flow.beginPass()
        stream = .open
        var failure: StoreError?
        await withDiscardingTaskGroup { group in
            var turn: CommitTurn?
            func begin(_ batch: FeedBatch) {
                let next = CommitTurn(after: turn)
                turn = next
                let worker = worker
                group.addTask { await worker.work(batch, turn: next, isNews: true) }
            }
            do throws(StoreError) {
                loop: while true {
                    switch next(.follow(until: due)) {
                    case .awaitChanges: try await publishChanges(of: watch, begin)
                    case .savePlace(let token): try await savePlace(token)
                    default: break loop
                    }
                }
            } catch {
                failure = error
            }
        }
        // What was given up is before the place that is saved: the stream begins there again.
        if flow.isAbandoned || failure != nil { closeStream() }
        if let failure { throw failure }
    }

    /// Waits for changes, and begins batches of those that are for this feed.
    private func publishChanges(of watch: S.Watch, _ begin: (FeedBatch) -> Void) async throws(StoreError) {
        let changes = try await watch.next(atMost: Self.watchPatience)
        if changes.ids.isEmpty {
            // What was given up a moment ago is before this place.
            if flow.isIdle, flow.goesOn { worker.board.change { $0.publishedUntil = self.now() } }
            stream = .quiet(token: changes.token)
            return
        }
        stream = .open
        var rest = changes.ids[...]
        while !rest.isEmpty {
            await flow.untilKnown()
            let ids = Array(rest.prefix(flow.pace))
            rest = rest.dropFirst(ids.count)
            guard await flow.enter(ids) else { return }
            if let batch = try await news(of: ids, behind: rest.isEmpty ? changes.token : nil) { begin(batch) }
        }
    }

    /// Nil where nothing of it is for this feed to publish; its place in the flow is free again then. `behind`: where the
    /// stream goes on once this batch is done.
    private func news(of ids: [BSONValue], behind token: [UInt8]?) async throws(StoreError) -> FeedBatch? {
        let documents: BSONSequence
        let claimedUntil = claimEnd
        do throws(StoreError) {
            try await lookForRows()
            documents = try await store.documents(withIDs: ids)
        } catch {
            flow.leave(ids)
            throw error
        }
        let time = now()
        var batch = preparer.prepare(
            documents, isNews: true, rows: flow.rows, ceiling: time + clockAhead, now: time)
        if batch.documents == 0, time - tokenSavedAt < 1000 {
            // Seen before, or not for this feed: the next batch saves the place.
            flow.leave(ids)
            return nil
        }
        batch.ids = ids
        batch.claimedUntil = claimedUntil
        batch.resumeToken = token
        if token != nil { tokenSavedAt = time }
        return batch
    }

    /// Saves the place in a stream that brings nothing for this feed.
    private func savePlace(_ token: [UInt8]) async throws(StoreError) {
        var note = FeedNote()
        note.resumeToken = token
        try await write(note)
        flow.begin(token: token)
        tokenSavedAt = now()
        stream = .open
    }
}
