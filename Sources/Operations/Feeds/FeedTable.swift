internal import BSON
package import Contracts
internal import Ingest
internal import JSON
package import MongoStore

/// The collection `gateway.feeds`, as the verbs of `gateway feeds` read it.
package enum FeedTable {
    /// All feeds, by name.
    package static func rows(_ reader: MongoReader) async throws(StoreError) -> [FeedRow] {
        let found = try await reader.find(in: StoreCollections.feeds, filter: [:])
        return (0..<found.count).map { found.withDocument($0) { FeedRow(bson: $0) } }
            .filter { $0.identity != nil }.sorted { $0.name < $1.name }
    }

    /// That there is no feed of that name, and which there are.
    package static func missing(_ name: String, _ rows: [FeedRow]) -> String {
        let names = rows.map(\.name)
        let hint =
            Spelling.nearest(to: name, in: names).map { "; did you mean '\($0)'?" }
            ?? (names.isEmpty
                ? "; none has run yet: 'gateway run' with a feed among its mappings makes it known"
                : "; there are \(names.joined(separator: ", "))")
        return "no feed is named '\(name)'\(hint)"
    }

    /// Maximum number of counted rows of a feed.
    private static let mostCounted = 100_000

    /// How many postings of each feed failed; of more than a hundred thousand, so many.
    package static func failures(_ rows: [FeedRow], _ reader: MongoReader) async throws(StoreError) -> [String: Int] {
        var failures: [String: Int] = [:]
        for row in rows {
            failures[row.name] = try await reader.count(
                in: StoreCollections.postings, filter: MongoPostings.filter(ofFeed: row.name), upTo: mostCounted)
        }
        return failures
    }
}
