internal import BSON
internal import Console
internal import Contracts
internal import Ingest
internal import JSON
internal import MongoStore
internal import Operations
internal import Schemas

/// Pushes to sockets that are still kept, as in `gateway pushes`.
extension ConsoleResponder {
    private static let usual = 100
    private static let most = 500
    /// Bytes of rows that are read for one answer; further rows are left out.
    private static let mostBytes = 4 << 20
    /// Bytes of a body in the list.
    private static let shownBytes = 200
    /// Time limit of queries that may scan all rows.
    private static let patience = DeadLetterQuery.searchTime

    /// The newest first, with the beginning of their bodies. `query`: `topic`, `key`, `since`, `limit`.
    func pushes(_ query: [String: String]) async throws -> String {
        let given = query.filter { !$0.value.isEmpty }
        let names = ["topic", "key", "since", "limit"]
        if let name = given.keys.first(where: { !names.contains($0) }) {
            throw ConsoleProblem.invalid(
                "'\(name)' is unknown here", remedy: "there are \(names.joined(separator: ", "))")
        }
        let limit = try given["limit"].map { text throws(ConsoleProblem) in
            guard let limit = Int(text), (1...Self.most).contains(limit) else {
                throw .invalid("'limit' is '\(text)'", remedy: "give a number from 1 to \(Self.most)")
            }
            return limit
        }
        let since = try given["since"].map { text throws(ConsoleProblem) in
            guard let since = SinceTime.milliseconds(text, now: WallClock.now()) else {
                throw .invalid(
                    "'since': '\(text)' is not a time",
                    remedy: "give a time such as 2026-03-01T00:00:00Z or an age such as 10m")
            }
            return since
        }
        let found = try await reader().find(
            in: StoreCollections.pushes,
            filter: PushListing.filter(topic: given["topic"], key: given["key"], since: since),
            sort: PushListing.newest, limit: limit ?? Self.usual, maxTime: Self.patience, atMost: Self.mostBytes)
        let secrets = secretNames
        var object = JSONObjectText()
        object.add(
            "pushes",
            objects: (0..<found.count).compactMap { number in
                found.withDocument(number) { PushRow(bson: $0) }.map { row in
                    var text = PushListing.facts(row)
                    text.add("body", PushListing.body(row, hiding: secrets).cut(toBytes: Self.shownBytes))
                    return text.text
                }
            })
        return object.text
    }

    /// One, with its whole body.
    func push(_ id: String) async throws -> String {
        let found = try await reader().find(in: StoreCollections.pushes, filter: ["_id": .value(id)], limit: 1)
        guard !found.isEmpty, let row = found.withDocument(0, { PushRow(bson: $0) }) else {
            throw ConsoleProblem.notFound(
                "there is no push '\(id)'", remedy: "pushes are kept for an hour; load the list again")
        }
        var text = PushListing.facts(row)
        text.add("body", PushListing.body(row, hiding: secretNames))
        return text.text
    }

    /// Names of secret fields of all definitions: a push does not say of which its values are.
    private var secretNames: Set<String> {
        catalogs.current.all.reduce(into: []) { $0.formUnion($1.secretNames) }
    }
}
