internal import BSON
package import Contracts
internal import JSON
internal import Output

/// A feed's row for people and programs.
package struct FeedText {
    package let row: FeedRow
    package let failed: Int
    /// Milliseconds since 1970.
    package let now: Int64

    package init(row: FeedRow, failed: Int, now: Int64) {
        self.row = row
        self.failed = failed
        self.now = now
    }

    /// The gateway that publishes it; nil without one.
    package var holder: String? {
        guard let until = row.leaseUntil, until > now - 5000 else { return nil }
        return row.holder
    }

    package var state: String {
        if row.isPaused { return "paused" }
        guard holder != nil || row.identity?.isShared == true else { return "not running" }
        return row.state ?? "waiting"
    }

    package var cells: [String] {
        [
            row.name, row.identity?.collection ?? "", state, failed == 0 ? "" : String(failed), lastRun,
            row.nextRunAt.map { WallClock.text(milliseconds: $0) } ?? "", holder ?? "", reason ?? "",
        ].map { Terminal.visible($0) }
    }

    package static let header = ["feed", "collection", "state", "failed", "last run", "next run", "gateway", "because"]

    private var reason: String? { state == "not running" ? nil : row.reason ?? row.lastRun?.error }

    private var lastRun: String {
        guard let run = row.lastRun else { return "" }
        return "\(Count.text(run.documents, "document")), \(WallClock.text(milliseconds: run.at / 1000 * 1000))"
    }

    package var json: String {
        var object = JSONObjectText()
        object.add("feed", row.name)
        object.add("collection", row.identity?.collection)
        object.add("goesBy", row.identity?.goesBy)
        object.add("progressKind", row.identity?.progressKind?.rawValue)
        object.add("shared", row.identity?.isShared == true)
        object.add("state", state)
        object.add("reason", reason)
        object.add("gateway", holder)
        object.add("failed", failed)
        object.add("progress", raw: row.mark.map { Self.json($0.value) } ?? "null")
        object.add("lastRun", raw: row.lastRun.map { Self.json($0) } ?? "null")
        object.add("nextRunAt", row.nextRunAt.map { WallClock.text(milliseconds: $0) })
        return object.text
    }

    package static func json(_ run: FeedRun, of feed: String? = nil) -> String {
        var object = JSONObjectText()
        if let feed { object.add("feed", feed) }
        object.add("at", WallClock.text(milliseconds: run.at))
        object.add("documents", run.documents)
        object.add("confirmed", run.confirmed)
        object.add("failed", run.failed)
        object.add("skipped", run.skipped)
        object.add("milliseconds", Int(run.milliseconds))
        object.add("error", run.error)
        return object.text
    }

    private static func json(_ value: BSONValue) -> String {
        var out: [UInt8] = []
        value.withElement { BSONText.append($0, to: &out) }
        return String(decoding: out, as: UTF8.self)
    }

    /// What a run did, in a sentence.
    package static func sentence(_ name: String, _ run: FeedRun) -> String {
        var parts = [Count.text(run.documents, "document"), "\(run.confirmed) confirmed"]
        if run.failed > 0 { parts.append("\(run.failed) failed (recorded in gateway.postings)") }
        if run.skipped > 0 { parts.append("\(run.skipped) not for this feed") }
        return "\(name): " + parts.joined(separator: ", ") + ", in \(Double(run.milliseconds) / 1000) s"
    }
}
