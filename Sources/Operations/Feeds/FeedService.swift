package import Contracts
internal import JSON
package import MongoStore

/// The orders that a command or the console gives to feeds, each with its row in the audit. Those who carry them out are the
/// running gateways.
package struct FeedService: Sendable {
    /// Why an order is not given.
    package enum Refusal: Error {
        /// There is no such feed; in words, with the nearest one.
        case missing(String)
        case paused
        /// A snapshot feed has no position to rewind to.
        case publishesAll
        /// An invalid position; a text.
        case value(String)
    }

    package let reader: MongoReader
    package let audit: AuditLog

    /// `who`: for the audit.
    package init(_ reader: MongoReader, by who: String) {
        self.reader = reader
        audit = AuditLog(reader: reader, who: who)
    }

    package func row(_ name: String) async throws -> FeedRow {
        let rows = try await FeedTable.rows(reader)
        guard let row = rows.first(where: { $0.name == name }) else {
            throw Refusal.missing(FeedTable.missing(name, rows))
        }
        return row
    }

    /// Lets it run now. The time of the order, which the run's own row names when it has ended.
    package func run(_ name: String) async throws -> Int64 {
        let row = try await row(name)
        if row.isPaused { throw Refusal.paused }
        try await audit.note("feeds run", name)
        // Differs from the previous command's time, whatever the clocks say.
        let request = max(WallClock.now(), (row.runRequestedAt ?? 0) + 1)
        try await reader.order(.run(at: request), of: name)
        return request
    }

    /// False where it was so already.
    package func pause(_ name: String, _ isPaused: Bool) async throws -> Bool {
        let row = try await row(name)
        guard row.isPaused != isPaused else { return false }
        try await audit.note(isPaused ? "feeds pause" : "feeds resume", name)
        try await reader.order(.pause(isPaused), of: name)
        return true
    }

    /// `to`: where it begins again; nil: from the beginning.
    package func rewind(_ name: String, to: String?) async throws {
        let row = try await row(name)
        if to != nil, row.identity?.progressKind == .snapshot { throw Refusal.publishesAll }
        let value: RewindValue
        do throws(RewindValue.Mistake) {
            value = try RewindValue(to, like: row.mark?.value)
        } catch {
            throw Refusal.value(error.message)
        }
        try await audit.note("feeds rewind", name, detail: to.map { "to \($0)" })
        try await reader.order(.rewind(at: WallClock.now(), to: value.value), of: name)
    }
}
