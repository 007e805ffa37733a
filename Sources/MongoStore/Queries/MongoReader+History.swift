package import BSON
package import Contracts
package import JSON

/// What was done, and what fails alike.
extension MongoReader {
    /// Rows of the audit log about a subject, oldest first. No index covers them: fails if it takes the server too long.
    package func auditRows(of subject: ByteString, limit: Int) throws(StoreError) -> BSONSequence {
        try find(
            in: StoreCollections.audit, filter: ["subject": .value(subject)], sort: ["at": 1, "_id": 1], limit: limit,
            maxTime: DeadLetterQuery.searchTime)
    }

    /// Dead letters by code, field and keyword of their reasons, and by catalog; most frequent first. A dead letter counts
    /// once in each group that it has a reason of.
    package func deadLetterFailures(_ query: DeadLetterQuery, limit: Int) throws(StoreError) -> [DeadLetterFailure] {
        let isNumber: BSONLiteral = ["$regexMatch": ["input": "$$this", "regex": "^[0-9]+$"]]
        let step: BSONLiteral = ["$cond": [isNumber, "*", "$$this"]]
        // /items/3/price and /items/7/price are one field.
        let field: BSONLiteral = [
            "$reduce": [
                "input": ["$split": [["$ifNull": ["$reasons.pointer", ""]], "/"]], "initialValue": "",
                "in": ["$concat": ["$$value", ["$cond": [["$eq": ["$$this", ""]], "", ["$concat": ["/", step]]]]]],
            ]
        ]
        let group: BSONLiteral = ["code": "$code", "field": "$field", "keyword": "$keyword", "catalog": "$catalog"]
        let reply = try command([
            "aggregate": .value(StoreCollections.deadLetters),
            "pipeline": [
                ["$match": query.filter],
                [
                    "$project": [
                        "catalog": 1, "receivedAt": 1, "reasons.code": 1, "reasons.pointer": 1, "reasons.keyword": 1,
                    ]
                ],
                ["$unwind": "$reasons"],
                [
                    "$project": [
                        "catalog": 1, "receivedAt": 1, "code": "$reasons.code", "keyword": "$reasons.keyword",
                        "field": field,
                    ]
                ],
                ["$group": ["_id": ["letter": "$_id", "group": group], "at": ["$min": "$receivedAt"]]],
                ["$sort": ["at": 1]],
                [
                    "$group": [
                        "_id": "$_id.group", "count": ["$sum": 1], "first": ["$min": "$at"], "last": ["$max": "$at"],
                        "sample": ["$last": "$_id.letter"],
                    ]
                ],
                ["$sort": ["count": -1, "last": -1, "_id": 1]],
                ["$limit": .int64(limit)],
            ],
            "cursor": ["batchSize": .int64(limit)],
            "maxTimeMS": .int64(DeadLetterQuery.searchTime.milliseconds),
        ])
        return reply.withUnsafeBytes { bytes in
            let batch = BSONElements(bytes).first(named: "cursor")?.elements?.first(named: "firstBatch")?.elements
            return batch.map { $0.compactMap(\.elements).map { DeadLetterFailure(bson: $0) } } ?? []
        }
    }
}

/// Dead letters that failed alike.
package struct DeadLetterFailure: Sendable {
    package let code: String
    /// JSON Pointer with `*` for each index; empty for the whole message.
    package let field: String
    /// Keyword of the definition; nil for other reasons.
    package let keyword: String?
    package let catalog: String?
    package let count: Int
    /// When the first and the last were received, in milliseconds since 1970.
    package let first: Int64?
    package let last: Int64?
    /// Id of the last.
    package let sample: ByteString?

    init(bson fields: BSONElements) {
        let id = fields.first(named: "_id")?.elements
        code = id?.first(named: "code")?.text ?? ""
        field = id?.first(named: "field")?.text ?? ""
        keyword = id?.first(named: "keyword")?.text
        catalog = id?.first(named: "catalog")?.text
        count = Int(fields.first(named: "count")?.integer ?? 0)
        first = fields.first(named: "first")?.date
        last = fields.first(named: "last")?.date
        sample = fields.first(named: "sample")?.byteString
    }
}
