internal import Documents
internal import MongoStore
internal import Pipeline
internal import Records

/// The orders that a command or the console gives to feeds, each with its row in the audit. Those who carry them out are the
/// running gateways.
struct FeedDesk: Sendable {
    /// Why an order is not given.
    enum Refusal: Error {
        /// There is no such feed; in words, with the nearest one.
        case missing(String)
        case paused
        /// It publishes all documents at every run: there is nothing to go back in.
        case publishesAll
        /// What is no place to begin; in words.
        case value(String)
    }

    let reader: MongoReader
    let audit: AuditBook

    /// `who`: for the audit.
    init(_ reader: MongoReader, by who: String) {
        self.reader = reader
        audit = AuditBook(reader: reader, who: who)
    }

    func row(_ name: String) async throws -> FeedRow {
        let rows = try await FeedTable.rows(reader)
        guard let row = rows.first(where: { $0.name == name }) else {
            throw Refusal.missing(FeedTable.missing(name, rows))
        }
        return row
    }

    /// Lets it run now. The time of the order, which the run's own row names when it has ended.
    func run(_ name: String) async throws -> Int64 {
        let row = try await row(name)
        if row.isPaused { throw Refusal.paused }
        try await audit.note("feeds run", name)
        // Another time than that of the order before, whatever the clocks say.
        let request = max(WallClock.now(), (row.runRequestedAt ?? 0) + 1)
        try await order(name) { $0.append("runRequestedAt", date: request) }
        return request
    }

    /// False where it was so already.
    func pause(_ name: String, _ isPaused: Bool) async throws -> Bool {
        let row = try await row(name)
        guard row.isPaused != isPaused else { return false }
        try await audit.note(isPaused ? "feeds pause" : "feeds resume", name)
        try await order(name) { $0.append("isPaused", bool: isPaused) }
        return true
    }

    /// `to`: where it begins again; nil: from the beginning.
    func rewind(_ name: String, to: String?) async throws {
        let row = try await row(name)
        if to != nil, row.identity?.goesBy == "all documents" { throw Refusal.publishesAll }
        let value: RewindValue
        do throws(RewindValue.Mistake) {
            value = try RewindValue(to, like: row.mark?.value)
        } catch {
            throw Refusal.value(error.message)
        }
        try await audit.note("feeds rewind", name, detail: to.map { "to \($0)" })
        try await order(name) { value.append(to: &$0) }
    }

    /// Sets fields of a feed's row. Durable on return.
    private func order(_ name: String, _ body: (inout BSONWriter) -> Void) async throws(StoreError) {
        try await reader.putSetting(
            in: GatewayCollection.feeds, filter: .document { $0.append("_id", string: name) }, fields: .document(body))
    }
}
