internal import Console
internal import Documents
internal import MongoStore
internal import Pipeline
internal import Records

/// Postings that wait or have failed, as `gateway postings` treats them.
extension ConsoleDesk {
    private static let most = 200
    /// For what the server may have to look through all of them.
    private static let patience = DeadLetterQuery.searchTime
    /// Beyond that it is enough to know that there are more.
    private static let mostCounted = 100_000

    /// Without their bodies, in the order in which they were noted. `query`: `name`, `state`.
    func postings(_ query: [String: String]) async throws -> String {
        let given = query.filter { !$0.value.isEmpty }
        if let name = given.keys.first(where: { $0 != "name" && $0 != "state" }) {
            throw ConsoleProblem.invalid("'\(name)' is unknown here", remedy: "there are name and state")
        }
        if let state = given["state"], PostingRow.State(rawValue: state) == nil {
            throw ConsoleProblem.invalid("no state is named '\(state)'", remedy: "there are pending, failed and stuck")
        }
        let filter = [UInt8].document { filter in
            if let name = given["name"] { filter.append("name", string: name) }
            if let state = given["state"] { filter.append("state", string: state) }
        }
        let reader = try reader()
        let found = try await reader.find(
            in: StoreNames.postings, filter: filter, sort: PostingVerbs.byID,
            projection: .document { fields in
                fields.append("body", int64: 0)
                fields.append("headers", int64: 0)
                fields.append("properties", int64: 0)
            }, limit: Self.most, maxTime: Self.patience)
        var object = JSONObjectText()
        object.add(
            "postings", objects: (0..<found.count).map { found.withDocument($0) { BSONText.text(document: $0) } })
        object.add(
            "count",
            try await reader.count(
                in: StoreNames.postings, filter: filter, upTo: Self.mostCounted, maxTime: Self.patience))
        return object.text
    }

    func perform(_ action: PostingOrder.Action, onPosting id: String, by who: String) async throws -> String {
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
                "'\(id)' has nothing to send: it could not be made", remedy: "mend its document, or discard it")
        }
    }
}
