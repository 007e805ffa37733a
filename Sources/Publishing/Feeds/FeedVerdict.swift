internal import Contracts
internal import JSON

/// Derives what to make durable from the results of a batch's postings. Pure.
struct FeedVerdict {
    /// Milliseconds before the relay may try a new row: a gateway that has lost its lease unnoticed rolls its rows back
    /// meanwhile.
    static let firstTryAfter: Int64 = 1000

    private(set) var rows: [PostingRow] = []
    private(set) var outcome = FeedBatchOutcome()
    /// Versions that need not be published again when read again.
    private(set) var versions: [FeedMemory.Version] = []
    /// Why most of the batch failed, if due to the destination.
    private(set) var destinationFailure: String?

    /// `results`: of the published items, in order.
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

    /// Returns the reason if it is due to the destination.
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
