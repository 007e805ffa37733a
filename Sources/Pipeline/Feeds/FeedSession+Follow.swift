internal import Documents
internal import Records

extension FeedSession {
    /// Publishes changes as they are registered, until a run is due, somebody orders something, or it cannot go on.
    func follow(_ watch: S.Watch, until due: Int64?) async throws(StoreError) {
        try await show(.waiting, nextRunAt: due)
        flow.beginPass()
        var failure: StoreError?
        await withDiscardingTaskGroup { group in
            var turn: CommitTurn?
            while mayGoOn, flow.goesOn, !hasOrders(until: due) {
                do throws(StoreError) {
                    let changes = try await watch.next(atMost: Self.watchPatience)
                    if changes.ids.isEmpty {
                        // What was given up a moment ago is before this place.
                        guard flow.isIdle, flow.goesOn else { continue }
                        worker.board.change { $0.publishedUntil = self.now() }
                        try await keepPlace(changes.token)
                        continue
                    }
                    var rest = changes.ids[...]
                    while !rest.isEmpty {
                        await flow.untilKnown()
                        let ids = Array(rest.prefix(flow.pace))
                        rest = rest.dropFirst(ids.count)
                        guard await flow.enter(ids) else { break }
                        let next = CommitTurn(after: turn)
                        guard let batch = try await news(of: ids, behind: rest.isEmpty ? changes.token : nil) else {
                            continue
                        }
                        turn = next
                        let worker = worker
                        group.addTask { await worker.work(batch, turn: next, isNews: true) }
                    }
                } catch {
                    failure = error
                    break
                }
            }
        }
        // What was given up is before the place that is saved: the stream begins there again.
        if flow.isAbandoned || failure != nil { mustOpenWatch = true }
        if let failure { throw failure }
    }

    /// Nil where nothing of it is ours to publish; its place in the flow is free again then. `behind`: where the stream goes
    /// on once this batch is done.
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

    /// Saves the place in a stream that brings nothing of ours; nothing must be under way or given up.
    private func keepPlace(_ token: [UInt8]) async throws(StoreError) {
        guard now() - tokenSavedAt > Self.idleTokenInterval, token != flow.token else { return }
        var note = FeedNote()
        note.resumeToken = token
        try await write(note)
        flow.begin(token: token)
        tokenSavedAt = now()
    }
}
