internal import Documents

/// What is to be made durable of a batch, by what became of its postings. Pure.
struct FeedVerdict {
    /// How long the courier leaves a row alone: who has lost the lease without knowing takes back what it wrote meanwhile.
    static let firstTryAfter: Int64 = 1000

    private(set) var rows: [PostingRow] = []
    private(set) var outcome = FeedBatchOutcome()
    /// Those whose contents need not be published again when they are read again.
    private(set) var versions: [FeedMemory.Version] = []
    /// Why most of it failed, where that is so: no queue takes it, whatever the document.
    private(set) var destinationFailure: String?

    /// `results`: of those items that were published, in order.
    init(_ batch: FeedBatch, items: [FeedItem], results: [PostingResult], now: Int64) {
        outcome.documents = batch.documents
        outcome.skipped = batch.skipped
        outcome.mark = batch.mark
        outcome.token = batch.resumeToken
        var answers = results.makeIterator()
        var sent = 0
        var reason: String?
        for item in items {
            if let version = item.version { versions.append(version) }
            switch item.way {
            case .replaceRow: outcome.replaced += 1
            case .stuck:
                outcome.unrenderable += 1
                record(item.row)
            case .publish:
                guard let answer = answers.next() else { continue }
                sent += 1
                reason = take(item, answer, now: now) ?? reason
            }
        }
        let bad = outcome.returned + outcome.refused
        if bad * 2 >= sent, bad > 0 { destinationFailure = reason }
    }

    /// Returns why, where it is the destination's fault.
    private mutating func take(_ item: FeedItem, _ answer: PostingResult, now: Int64) -> String? {
        switch answer {
        case .confirmed:
            outcome.confirmed += 1
            if item.hasRow { outcome.goneRows.insert(item.row.id) }
            return nil
        case .returned, .refused:
            if answer == .refused { outcome.refused += 1 } else { outcome.returned += 1 }
            let reason = PostingFailure(answer, target: item.row.target).text
            record(failed(item.row, reason, now))
            return reason
        case .unsendable:
            outcome.unsendable += 1
            var row = failed(item.row, PostingFailure(answer, target: item.row.target).text, now)
            row.state = .stuck
            row.nextTryAt = nil
            record(row)
            return nil
        case .unknown: return nil
        }
    }

    private func failed(_ row: PostingRow, _ reason: String, _ now: Int64) -> PostingRow {
        var row = row
        row.state = .failed
        row.attempts = 1
        row.failedSince = now
        row.nextTryAt = now + Self.firstTryAfter
        row.reason = reason
        return row
    }

    private mutating func record(_ row: PostingRow) {
        var row = row
        if row.body.count > FeedPreparer.largestRowBody { row.leaveOutBody(row.reason ?? "it failed") }
        outcome.newRows.insert(row.id)
        rows.append(row)
    }
}
