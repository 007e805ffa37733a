internal import BSON
package import Contracts

/// Reads for the console, and audit rows.
extension MongoReader {
    /// Number of dead letters by reason and catalog: `{code, catalog, count, newest}`. A dead letter with two reasons
    /// counts for both.
    package func deadLetterGroups(_ query: DeadLetterQuery, limit: Int) throws(StoreError) -> [DeadLetterGroup] {
        let reply = try command([
            "aggregate": .value(StoreCollections.deadLetters),
            "pipeline": [
                ["$match": query.filter],
                ["$project": ["catalog": 1, "receivedAt": 1, "code": ["$setUnion": "$reasons.code"]]],
                ["$unwind": "$code"],
                [
                    "$group": [
                        "_id": ["code": "$code", "catalog": "$catalog"], "count": ["$sum": 1],
                        "newest": ["$max": "$receivedAt"],
                    ]
                ],
                // Groups of equal count keep their places.
                ["$sort": ["count": -1, "_id": 1]],
                ["$limit": .int64(limit)],
            ],
            "cursor": ["batchSize": .int64(limit)],
            "maxTimeMS": .ifThere(query.patience) { .int64($0.milliseconds) },
        ])
        return reply.withUnsafeBytes { bytes in
            let batch = BSONElements(bytes).first(named: "cursor")?.elements?.first(named: "firstBatch")?.elements
            return batch.map { $0.compactMap(\.elements).map { DeadLetterGroup(bson: $0) } } ?? []
        }
    }

    /// Appends a row to the audit log. Durable on return.
    package func audit(_ row: [UInt8]) throws(StoreError) {
        try write(["insert": .value(StoreCollections.audit), "documents": [.raw(row)]])
    }
}

/// A group of similar dead letters.
package struct DeadLetterGroup: Sendable {
    package let code: String
    package let catalog: String?
    package let count: Int
    /// Time of the newest, in milliseconds since 1970.
    package let newest: Int64?

    init(bson fields: BSONElements) {
        let id = fields.first(named: "_id")?.elements
        code = id?.first(named: "code")?.text ?? ""
        catalog = id?.first(named: "catalog")?.text
        count = Int(fields.first(named: "count")?.integer ?? 0)
        newest = fields.first(named: "newest")?.date
    }
}
