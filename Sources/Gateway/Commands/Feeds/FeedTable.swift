internal import ArgumentParser
internal import Documents
internal import MongoStore
internal import Pipeline
internal import Records

/// The collection `gateway.feeds`, as the verbs of `gateway feeds` read and write it.
enum FeedTable {
    /// All feeds, by name.
    static func rows(_ reader: MongoReader) async throws(StoreError) -> [FeedRow] {
        let found = try await reader.find(in: GatewayCollection.feeds, filter: .filter { _ in })
        return (0..<found.count).map { found.withDocument($0) { FeedRow(bson: $0) } }
            .filter { $0.identity != nil }.sorted { $0.name < $1.name }
    }

    /// The feed of that name; exit 1 where there is none, with the nearest one.
    static func row(_ name: String, _ reader: MongoReader) async throws -> FeedRow {
        let rows = try await rows(reader)
        if let row = rows.first(where: { $0.name == name }) { return row }
        Terminal.error(Terminal.visible(missing(name, rows)))
        throw ExitCode.failure
    }

    /// That there is no feed of that name, and which there are.
    static func missing(_ name: String, _ rows: [FeedRow]) -> String {
        let names = rows.map(\.name)
        let hint =
            Spelling.nearest(to: name, in: names).map { "; did you mean '\($0)'?" }
            ?? (names.isEmpty
                ? "; none has run yet: 'gateway run' with a feed among its mappings makes it known"
                : "; there are \(names.joined(separator: ", "))")
        return "no feed is named '\(name)'\(hint)"
    }

    /// Sets fields of a feed's row. Durable on return.
    static func order(
        _ name: String, _ reader: MongoReader, _ body: (inout BSONWriter) -> Void
    ) async throws(StoreError) {
        try await reader.putSetting(
            in: GatewayCollection.feeds, filter: .filter { $0.append("_id", string: name) }, fields: .filter(body))
    }

    /// How many postings of each feed failed.
    static func failures(_ rows: [FeedRow], _ reader: MongoReader) async throws(StoreError) -> [String: Int] {
        var failures: [String: Int] = [:]
        for row in rows {
            failures[row.name] = try await reader.count(
                in: StoreNames.postings,
                filter: .filter { filter in
                    filter.append("name", string: row.name)
                    filter.append("origin", string: PostingRow.Origin.feed.rawValue)
                })
        }
        return failures
    }
}

extension [UInt8] {
    static func filter(_ body: (inout BSONWriter) -> Void) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendDocument(body)
        return bytes
    }
}
