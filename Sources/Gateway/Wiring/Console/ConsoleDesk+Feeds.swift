internal import Console
internal import Documents
internal import MongoStore
internal import Pipeline
internal import Records

/// Feeds, as `gateway feeds` treats them.
extension ConsoleDesk {
    func feeds() async throws -> String {
        let reader = try reader()
        let rows = try await FeedTable.rows(reader)
        let failures = try await FeedTable.failures(rows, reader)
        let now = WallClock.now()
        var object = JSONObjectText()
        object.add(
            "feeds", objects: rows.map { FeedText(row: $0, failed: failures[$0.name] ?? 0, now: now).json })
        return object.text
    }

    func runFeed(_ name: String, by who: String) async throws -> String {
        let row = try await feed(name)
        if row.isPaused { throw ConsoleProblem.conflict("'\(name)' is paused", remedy: "resume it first") }
        try await audit("feeds run", name, by: who)
        // Another time than that of the order before, whatever the clocks say.
        let request = max(WallClock.now(), (row.runRequestedAt ?? 0) + 1)
        try await FeedTable.order(name, reader()) { $0.append("runRequestedAt", date: request) }
        return Self.told(name)
    }

    func pauseFeed(_ name: String, _ isPaused: Bool, by who: String) async throws -> String {
        let row = try await feed(name)
        guard row.isPaused != isPaused else { return Self.told(name) }
        try await audit(isPaused ? "feeds pause" : "feeds resume", name, by: who)
        try await FeedTable.order(name, reader()) { $0.append("isPaused", bool: isPaused) }
        return Self.told(name)
    }

    func rewindFeed(_ name: String, _ to: String?, by who: String) async throws -> String {
        let row = try await feed(name)
        let to = to.flatMap { $0.isEmpty ? nil : $0 }
        if to != nil, row.identity?.goesBy == "all documents" {
            throw ConsoleProblem.invalid(
                "'\(name)' publishes all documents at every run", remedy: "let it run now instead")
        }
        let value: RewindValue
        do throws(RewindValue.Mistake) {
            value = try RewindValue(to, like: row.mark?.value)
        } catch {
            throw ConsoleProblem.invalid(
                "'to': \(error.message)", remedy: "or leave it out, to begin from the beginning")
        }
        try await audit("feeds rewind", name, detail: to.map { "to \($0)" }, by: who)
        try await FeedTable.order(name, reader()) { value.append(to: &$0) }
        return Self.told(name)
    }

    private func feed(_ name: String) async throws -> FeedRow {
        let rows = try await FeedTable.rows(reader())
        if let row = rows.first(where: { $0.name == name }) { return row }
        throw ConsoleProblem.notFound(FeedTable.missing(name, rows), remedy: "the list shows those there are")
    }

    private static func told(_ name: String) -> String {
        var object = JSONObjectText()
        object.add("feed", name)
        return object.text
    }
}
