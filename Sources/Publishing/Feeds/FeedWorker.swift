internal import BSON
internal import Contracts
internal import JSON

/// Takes one batch after another from postings to a durable outcome; several are under way at a time, and become durable in
/// the order in which they were read.
struct FeedWorker<S: FeedStore, P: Publisher>: Sendable {
    let configuration: FeedConfiguration
    let store: S
    let publisher: P
    let held: HeldLease
    let flow: FeedFlow
    let memory: FeedMemory
    let environment: GatewayEnvironment
    let observer: any FeedObserver
    let board: FeedBoard

    private var name: String { configuration.plan.name }
    private var mayGoOn: Bool { held.isValid && !Task.isCancelled }

    /// `isNews`: of the change stream. Settles `turn` once the outcome is durable, and abandons it where there will be none.
    func work(_ batch: FeedBatch, turn: CommitTurn, isNews: Bool) async {
        if await settle(batch, turn, isNews: isNews) {
            turn.settle()
        } else {
            flow.abandon()
            turn.abandon()
        }
        flow.leave(batch.ids)
    }

    private func settle(_ batch: FeedBatch, _ turn: CommitTurn, isNews: Bool) async -> Bool {
        guard let items = await replacingRows(batch.items),
            let results = await publish(items, until: batch.claimedUntil)
        else { return false }
        guard await turn.follow(), mayGoOn else { return false }
        let verdict = FeedVerdict(batch, items: items, results: results, now: environment.now())
        if let reason = verdict.destinationFailure, !flow.fail(reason) { return false }

        var outcome = verdict.outcome
        outcome.mark = flow.mark(with: outcome.mark, isNews: isNews)
        var settlement = FeedSettlement()
        settlement.rows = verdict.rows
        settlement.goneRows = Array(outcome.goneRows)
        settlement.flags = batch.flags
        settlement.note.mark = outcome.mark
        settlement.note.resumeToken = outcome.token
        settlement.note.running = flow.run(with: outcome)
        guard
            let settled = await attempt({ () throws(StoreError) in
                try await store.settle(settlement, lease: held.lease)
            })
        else { return false }
        guard settled.isOurs else {
            held.lose()
            return false
        }
        configuration.reached(.afterMark)
        memory.remember(verdict.versions)
        flow.settled(outcome, changed: settled.changed)
        tell(outcome)
        if isNews { board.change { $0.publishedUntil = batch.readAt } }
        // A batch of which nothing was sent says nothing of the destination.
        if verdict.destinationFailure == nil, outcome.confirmed > 0 || !flow.isProbing { await goesWell() }
        return true
    }

    private func tell(_ outcome: FeedBatchOutcome) {
        let counts: [(FeedOutcome, Int)] = [
            (.confirmed, outcome.confirmed), (.returned, outcome.returned), (.refused, outcome.refused),
            (.unsendable, outcome.unsendable), (.unrenderable, outcome.unrenderable), (.skipped, outcome.skipped),
        ]
        for (what, count) in counts where count > 0 { observer.settled(feed: name, outcome: what, count: count) }
        let failed = flow.rows.count
        board.change { $0.failed = failed }
    }

    // MARK: Rows that take a newer version

    /// Nil where it has to end.
    private func replacingRows(_ items: [FeedItem]) async -> [FeedItem]? {
        let rows = items.compactMap { item -> PostingRow? in if case .replaceRow = item.way { item.row } else { nil } }
        guard !rows.isEmpty else { return items }
        guard
            let replaced = await attempt({ () throws(StoreError) in
                try await store.replaceRows(rows, lease: held.lease)
            })
        else { return nil }
        return items.map { item in
            guard case .replaceRow = item.way, !replaced.contains(item.row.id) else { return item }
            var item = item
            // The outbox relay has published the rows that were there, or they are gone: nothing is overtaken.
            item.way = .publish
            return item
        }
    }

    // MARK: Publishing

    /// What became of those that are published, in order; nil where it has to end before that is known.
    private func publish(_ items: [FeedItem], until end: ContinuousClock.Instant?) async -> [PostingResult]? {
        let postings = items.compactMap { item -> Posting? in
            if case .publish = item.way { item.row.posting } else { nil }
        }
        guard !postings.isEmpty else { return [] }
        var results = [PostingResult](repeating: .unknown(reason: ""), count: postings.count)
        var pending = Array(postings.indices)
        var backOff = Backoff()
        configuration.reached(.beforePublish)
        let (held, uptime) = (held, environment.uptime)
        while mayGoOn, end.map({ uptime() < $0 }) ?? true {
            let answers = await publisher.publish(pending.map { postings[$0] }) {
                held.isValid && (end.map { uptime() < $0 } ?? true)
            }
            var unknown: [Int] = []
            var why: String?
            for (index, answer) in zip(pending, answers) {
                results[index] = answer
                if case .unknown(let reason) = answer {
                    unknown.append(index)
                    why = why ?? reason
                }
            }
            guard let why else {
                configuration.reached(.afterConfirm)
                return results
            }
            pending = unknown
            guard mayGoOn else { return nil }
            await isInTrouble("the broker: \(why)")
            guard (try? await environment.sleep(backOff.wait(chance: environment.chance()))) != nil else { return nil }
        }
        return nil
    }

    // MARK: Trouble

    /// Tries until it is done; nil where it has to end before.
    private func attempt<Result: Sendable>(
        _ body: () async throws(StoreError) -> Result
    ) async -> Result? {
        var backOff = Backoff()
        while mayGoOn {
            do throws(StoreError) {
                return try await body()
            } catch {
                await isInTrouble(error.message)
                let wait = error.kind == .unavailable ? backOff.wait(chance: environment.chance()) : .seconds(5)
                guard (try? await environment.sleep(wait)) != nil else { return nil }
            }
        }
        return nil
    }

    /// Reports that the feed is holding, and why: in its status, to the observer and in the store.
    func isInTrouble(_ reason: String) async {
        board.change { $0.state = .holding(reason) }
        guard flow.isTroubled(true) else { return }
        observer.noticed(feed: name, .holding(reason))
        var note = FeedNote()
        note.state = .holding(reason)
        _ = try? await store.note(note, lease: held.lease)
    }

    func goesWell() async {
        guard flow.isTroubled(false) else { return }
        board.change { $0.state = .running }
        observer.noticed(feed: name, .goesOn)
        var note = FeedNote()
        note.state = .running
        _ = try? await store.note(note, lease: held.lease)
    }
}
