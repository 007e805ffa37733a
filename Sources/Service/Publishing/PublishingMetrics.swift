internal import Contracts
internal import CoreMetrics
internal import Logging
internal import Publishing
internal import Synchronization

/// Counts and logs results of postings.
final class PublishingMetrics: PostingObserver, FeedObserver {
    private let logger: Logger
    /// Last message logged for each destination: repetitions are not logged.
    private let told = Mutex<[String: String]>([:])

    /// Feeds whose empty runs are logged.
    private let emptyRuns: Set<String>

    init(emptyRuns: Set<String>, logger: Logger) {
        self.emptyRuns = emptyRuns
        self.logger = logger
    }

    func posted(_ row: PostingRow, _ outcome: PostingOutcome) {
        Counter(label: "gateway_postings_total", dimensions: [("feed", row.name), ("outcome", outcome.rawValue)])
            .increment()
        let destination = row.target.description
        switch outcome {
        case .confirmed: told.withLock { _ = $0.removeValue(forKey: destination) }
        case .givenUp:
            told.withLock { _ = $0.removeValue(forKey: destination) }
            logger.notice("nobody waits any more for a reply to \(destination)")
        case .failed: tell(row.reason ?? "failed", of: destination)
        }
    }

    func relayWaits(_ error: StoreError) { tell(error.message, of: "store") }

    func destinationWaits(_ target: PostingTarget, reason: String) { tell(reason, of: target.description) }

    /// Counts durable results; the outbox relay counts failed rows on retry.
    func settled(feed: String, outcome: FeedOutcome, count: Int) {
        Counter(label: "gateway_postings_total", dimensions: [("feed", feed), ("outcome", outcome.rawValue)])
            .increment(by: count)
    }

    func noticed(feed: String, _ notice: FeedNotice) {
        switch notice {
        case .tookLease: logger.notice("feed \(feed): this gateway publishes it")
        case .lostLease: logger.notice("feed \(feed): this gateway no longer publishes it")
        case .runDone(let run):
            let level: Logger.Level = run.documents > 0 || emptyRuns.contains(feed) ? .notice : .debug
            logger.log(level: level, "feed \(feed): \(Self.words(run))")
        case .holding(let reason): logger.warning("feed \(feed) waits and tries again: \(reason)")
        case .goesOn: logger.notice("feed \(feed) goes on")
        case .warning(let words): logger.warning("feed \(feed): \(words)")
        }
    }

    private static func words(_ run: FeedRun) -> String {
        let documents = run.documents == 1 ? "1 document" : "\(run.documents) documents"
        var words = "\(run.confirmed) published, \(documents) read, in \(run.milliseconds) ms"
        if run.skipped > 0 { words += ", \(run.skipped) left out" }
        if run.failed > 0 { words += ", \(run.failed) failed" }
        return words + (run.error.map { ": \($0)" } ?? "")
    }

    private func tell(_ reason: String, of destination: String) {
        let isNew = told.withLock { $0.updateValue(reason, forKey: destination) != reason }
        if isNew { logger.warning("a posting waits and is tried again: \(reason)") }
    }
}
