internal import Documents
internal import MongoStore
internal import Pipeline
internal import Records

/// The collection `gateway.feeds`, as the verbs of `gateway feeds` read it.
enum FeedTable {
    /// All feeds, by name.
    static func rows(_ reader: MongoReader) async throws(StoreError) -> [FeedRow] {
        let found = try await reader.find(in: GatewayCollection.feeds, filter: .document { _ in })
        return (0..<found.count).map { found.withDocument($0) { FeedRow(bson: $0) } }
            .filter { $0.identity != nil }.sorted { $0.name < $1.name }
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

    /// Rows of one feed that are counted.
    private static let mostCounted = 100_000

    /// How many postings of each feed failed; of more than a hundred thousand, so many.
    static func failures(_ rows: [FeedRow], _ reader: MongoReader) async throws(StoreError) -> [String: Int] {
        var failures: [String: Int] = [:]
        for row in rows {
            failures[row.name] = try await reader.count(
                in: StoreNames.postings,
                filter: .document { filter in
                    // By `_id`, as each row of a feed begins; the sign behind the colon ends them.
                    filter.append(
                        "_id",
                        document: { range in
                            range.append("$gte", string: "feed:\(row.name):")
                            range.append("$lt", string: "feed:\(row.name);")
                        })
                }, upTo: mostCounted)
        }
        return failures
    }
}
