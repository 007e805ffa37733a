internal import Ingest
internal import BSON
package import Contracts
internal import JSON
package import Mappings
internal import Publishing

/// Runs a feed offline on a test's documents, in order.
package struct FeedDryRun {
    /// Result for one document.
    package struct Report: Sendable {
        /// Nil if it cannot be posted.
        package var row: PostingRow?
        /// Why it cannot be posted.
        package var failure: String?
    }

    private let feed: FeedMapping
    private let now: Int64
    private let trail: Trail?

    /// `now`: time of sending, in milliseconds since 1970. `trail`: records the branches taken.
    package init(_ feed: FeedMapping, now: Int64, trail: Trail? = nil) {
        self.feed = feed
        self.now = now
        self.trail = trail
    }

    /// Documents excluded by `when` have no report.
    package func run(_ documents: [[UInt8]]) -> [Report] {
        let renderer = DocumentRenderer(
            feed.document,
            console: feed.addsConsole
                ? { now in
                    let console = OwnConsole(id: "gateway", name: "Promo Gateway")
                    return (ByteString(console.id), console.document(at: now))
                } : nil, trail: trail)
        var reports: [Report] = documents.compactMap { document in
            switch document.withUnsafeBytes({ renderer.render($0, now: now) }) {
            case .body(let body): Report(row: row(body))
            case .skipped: nil
            case .failed(let reason): Report(failure: reason)
            }
        }
        reports += renderer.own(now: now).map { Report(row: row($0.body)) }
        return reports
    }

    private func row(_ body: [UInt8]) -> PostingRow {
        var row = PostingRow(
            id: "", origin: .feed, name: feed.name, target: PostingTarget(feed.target), body: body, registeredAt: now)
        row.headers = feed.target.constantHeaders.map { .init(name: $0.name, value: .string($0.value)) }
        return row
    }
}
