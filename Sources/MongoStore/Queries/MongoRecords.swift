package import BSON
package import Contracts

/// Records for requests: several readers, each on a thread and connection of its own.
package final class MongoRecords: RecordReader {
    private let readers: [MongoReader]

    init(_ readers: [MongoReader]) { self.readers = readers }

    /// What takes the server longer fails.
    private static let patience = Duration.seconds(10)

    package func read(_ query: RecordQuery) async throws(StoreError) -> BSONSequence {
        // One record needs no order.
        let isOne = query.limit == 1
        // Any of them: each has its own queue of calls.
        guard let reader = readers.randomElement() else { preconditionFailure("records without a reader") }
        let direction: BSONLiteral = query.isDescending ? -1 : 1
        return try await reader.find(
            in: query.collection, filter: query.filter,
            sort: isOne
                ? .absent
                : query.order.map { [.field($0): direction, "_id": direction] } ?? ["_id": direction],
            limit: query.limit, maxTime: Self.patience, ofMajority: true, isUrgent: true,
            atMost: RecordQuery.mostBytes)
    }

    package func close() async {
        for reader in readers { await reader.close() }
    }
}

extension RecordQuery {
    fileprivate var filter: BSONLiteral {
        let equal = conditions.reduce([:] as BSONLiteral) { filter, condition in
            filter + [.field(condition.field): ["$eq": .value(condition.value)]]
        }
        guard let after else { return equal }
        let later: BSONLiteral.Name = isDescending ? "$lt" : "$gt"
        let laterID: BSONLiteral = [later: ["$_id", .value(after.id)]]
        guard let order, let value = after.value else { return equal + ["$expr": laterID] }
        // Compared as a sort does: across types, a missing field as null.
        let field: BSONLiteral = ["$ifNull": [.path(order), nil]]
        return equal + [
            "$expr": [
                "$or": [
                    [later: [field, .value(value)]], ["$and": [["$eq": [field, .value(value)]], laterID]],
                ]
            ]
        ]
    }
}

extension MongoDeployment {
    /// Records for requests, by so many connections.
    package func makeRecords(connections: Int) -> MongoRecords {
        MongoRecords((0..<connections).map { _ in makeReader() })
    }
}
