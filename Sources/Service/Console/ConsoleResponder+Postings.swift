internal import BSON
internal import Console
internal import Contracts
internal import Ingest
internal import JSON
internal import MongoStore
internal import Operations

/// Pending and failed postings, as in `gateway postings`.
extension ConsoleResponder {
    private static let most = 200
    /// Time limit of queries that may scan all rows.
    private static let patience = DeadLetterQuery.searchTime
    /// Beyond this number the exact count does not matter.
    private static let mostCounted = 100_000

    /// Without their bodies, in the order in which they were noted. `query`: `name`, `state`.
    package func postings(_ query: [String: String]) async throws -> String {
        let given = query.filter { !$0.value.isEmpty }
        if let name = given.keys.first(where: { $0 != "name" && $0 != "state" }) {
            throw ConsoleProblem.invalid("'\(name)' is unknown here", remedy: "there are name and state")
        }
        if let state = given["state"], PostingRow.State(rawValue: state) == nil {
            throw ConsoleProblem.invalid("no state is named '\(state)'", remedy: "there are pending, failed and stuck")
        }
        let filter: BSONLiteral = [
            "name": .ifThere(given["name"]) { .value($0) }, "state": .ifThere(given["state"]) { .value($0) },
        ]
        let reader = try reader()
        let found = try await reader.find(
            in: StoreCollections.postings, filter: filter, sort: PostingText.byID,
            projection: ["body": 0, "headers": 0, "properties": 0], limit: Self.most, maxTime: Self.patience)
        var object = JSONObjectText()
        object.add(
            "postings", objects: (0..<found.count).map { found.withDocument($0) { BSONText.text(document: $0) } })
        object.add(
            "count",
            try await reader.count(
                in: StoreCollections.postings, filter: filter, upTo: Self.mostCounted, maxTime: Self.patience))
        return object.text
    }

    package func perform(_ action: PostingRequest.Action, onPosting id: String, by who: String) async throws -> String {
        switch try await letters().perform(action, on: ByteString(id), by: who) {
        case .done:
            var object = JSONObjectText()
            object.add("id", id)
            return object.text
        case .missing:
            throw ConsoleProblem.notFound(
                "there is no posting '\(id)'", remedy: "it may have gone out; load the list again")
        case .empty:
            throw ConsoleProblem.conflict(
                "'\(id)' has nothing to send: it could not be rendered", remedy: "fix its document, or discard it")
        }
    }
}
