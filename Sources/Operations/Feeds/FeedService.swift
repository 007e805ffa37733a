internal import BSON
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
        /// An invalid position: why, and what to give.
        case value(String)
    }

    package let reader: MongoReader
    package let audit: AuditLog
    /// The operator's reason, for the audit.
    private let reason: String?
    /// Commands are checked, and not given.
    private let isRehearsal: Bool

    /// `who`: for the audit.
    package init(_ reader: MongoReader, by who: String, reason: String? = nil, isRehearsal: Bool = false) {
        self.reader = reader
        audit = AuditLog(reader: reader, who: who)
        self.reason = reason
        self.isRehearsal = isRehearsal
    }

    private func give(_ order: FeedOrder, to name: String, as action: String, detail: String? = nil) async throws {
        if isRehearsal { return }
        let details = [detail, reason].compactMap { $0 }
        try await audit.note(action, name, detail: details.isEmpty ? nil : details.joined(separator: "; "))
        try await reader.order(order, of: name)
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
        // Differs from the previous command's time, whatever the clocks say.
        let request = max(WallClock.now(), (row.runRequestedAt ?? 0) &+ 1)
        try await give(.run(at: request), to: name, as: "feeds run")
        return request
    }

    /// False where it was so already.
    package func pause(_ name: String, _ isPaused: Bool) async throws -> Bool {
        let row = try await row(name)
        guard row.isPaused != isPaused else { return false }
        try await give(.pause(isPaused), to: name, as: isPaused ? "feeds pause" : "feeds resume")
        return true
    }

    /// `to`: where it begins again; nil: from the beginning.
    package func rewind(_ name: String, to: String?) async throws {
        let row = try await row(name)
        if to != nil, row.identity?.progressKind == .snapshot { throw Refusal.publishesAll }
        var value: BSONValue?
        if let to {
            let type = try await orderType(of: row)
            do throws(RewindValue.Mistake) {
                value = try RewindValue(to, as: type).value
            } catch {
                throw Refusal.value(error.message)
            }
        }
        try await give(
            .rewind(at: WallClock.now(), to: value), to: name, as: "feeds rewind", detail: to.map { "to \($0)" })
    }

    /// Time limit of the look for a document, which may read all of a collection.
    private static let patience = Duration.seconds(10)

    private static let sampled = 20

    /// The type of the values that the feed is ordered by: that of its progress, else that of a document.
    private func orderType(of row: FeedRow) async throws -> BSONType {
        if let type = row.mark?.value.type { return type }
        guard let identity = row.identity, let field = identity.orderField else {
            throw Refusal.value(
                row.identity?.progressKind == .flag
                    ? "the feed has neither 'order' nor 'version', so there is no field to go back by; leave it out"
                    : "no gateway of this version has run the feed yet, so its order is not known; run it, or leave it out"
            )
        }
        let found = try await reader.find(
            in: identity.collection, filter: [.field(field): ["$ne": nil]], projection: [.field(field): 1],
            limit: Self.sampled, maxTime: Self.patience)
        // One document may be odd.
        var counts: [BSONType: Int] = [:]
        for index in 0..<found.count {
            let type = found.withDocument(index) { BSONElements($0).first(at: FieldPath(field))?.type }
            if let type { counts[type, default: 0] += 1 }
        }
        let most = counts.max { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }
        guard let type = most?.key else {
            throw Refusal.value(
                "the feed has no progress, and no document of '\(identity.collection)' has a '\(field)' to compare it"
                    + " with; leave it out, to begin from the beginning")
        }
        return type
    }
}
