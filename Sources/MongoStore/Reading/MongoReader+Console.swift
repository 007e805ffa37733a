package import Pipeline
internal import Records

/// What the console reads beside what the command line does, and its rows of the audit.
extension MongoReader {
    /// How many letters there are with each reason, by catalog: `{code, catalog, count, newest}`. A letter with two reasons
    /// counts for both.
    package func deadLetterGroups(_ query: DeadLetterQuery, limit: Int) throws(StoreError) -> [DeadLetterGroup] {
        let filter = query.filter
        let patience = query.patience
        let reply = try command("aggregate") { command in
            command.append("aggregate", string: StoreNames.deadLetters)
            command.append(
                "pipeline",
                array: { stages in
                    stages.append(
                        BSONWriter.bytes(of: "0"),
                        document: { stage in
                            filter.withUnsafeBytes { stage.append(BSONWriter.bytes(of: "$match"), type: 3, value: $0) }
                        })
                    stages.append(
                        BSONWriter.bytes(of: "1"),
                        document: { stage in
                            stage.append(
                                "$project",
                                document: { fields in
                                    fields.append("catalog", int64: 1)
                                    fields.append("receivedAt", int64: 1)
                                    fields.append(
                                        "code", document: { $0.append("$setUnion", string: "$reasons.code") })
                                })
                        })
                    stages.append(BSONWriter.bytes(of: "2"), document: { $0.append("$unwind", string: "$code") })
                    stages.append(
                        BSONWriter.bytes(of: "3"),
                        document: { stage in
                            stage.append(
                                "$group",
                                document: { group in
                                    group.append(
                                        "_id",
                                        document: { id in
                                            id.append("code", string: "$code")
                                            id.append("catalog", string: "$catalog")
                                        })
                                    group.append("count", document: { $0.append("$sum", int64: 1) })
                                    group.append("newest", document: { $0.append("$max", string: "$receivedAt") })
                                })
                        })
                    stages.append(
                        BSONWriter.bytes(of: "4"),
                        document: { $0.append("$sort", document: { $0.append("count", int64: -1) }) })
                    stages.append(BSONWriter.bytes(of: "5"), document: { $0.append("$limit", int64: Int64(limit)) })
                })
            command.append("cursor", document: { $0.append("batchSize", int64: Int64(limit)) })
            if let patience { command.append("maxTimeMS", int64: patience.components.seconds * 1000) }
        }
        return reply.withUnsafeBytes { bytes in
            let batch = BSONElements(bytes).first(named: "cursor")?.elements?.first(named: "firstBatch")?.elements
            return batch.map { $0.compactMap(\.elements).map { DeadLetterGroup(bson: $0) } } ?? []
        }
    }

    /// Adds a row to the audit. Durable on return.
    package func audit(_ row: [UInt8]) throws(StoreError) {
        try write("insert") { command in
            command.append("insert", string: StoreNames.audit)
            command.append(
                "documents",
                array: { rows in
                    row.withUnsafeBytes { rows.append(BSONWriter.bytes(of: "0"), type: 3, value: $0) }
                })
            command.appendMajority()
        }
    }
}

/// Letters that are alike.
package struct DeadLetterGroup: Sendable {
    package let code: String
    package let catalog: String?
    package let count: Int
    /// When the newest was received; milliseconds since 1970.
    package let newest: Int64?

    init(bson fields: BSONElements) {
        let id = fields.first(named: "_id")?.elements
        code = id?.first(named: "code")?.text ?? ""
        catalog = id?.first(named: "catalog")?.text
        count = Int(fields.first(named: "count")?.integer ?? 0)
        newest = fields.first(named: "newest")?.date
    }
}
