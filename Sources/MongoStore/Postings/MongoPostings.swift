internal import Documents
internal import Lanes
package import Pipeline
internal import Records
internal import Synchronization

/// `gateway.postings` of a deployment, on a thread and a connection of its own.
package actor MongoPostings: PostingStore {
    nonisolated let lane = Lane(named: "mongo-postings")
    package nonisolated var unownedExecutor: UnownedSerialExecutor { lane.asUnownedSerialExecutor() }

    private let patience: Duration
    private var connection: LaneConnection
    private let isClosed = Mutex(false)

    init(of deployment: MongoDeployment) {
        patience = deployment.settings.closePatience
        connection = LaneConnection(of: deployment)
    }

    package func waiting(
        limit: Int, bytes: Int, without destinations: [String], now: Int64
    ) throws(StoreError) -> [PostingRow] {
        let filter = [UInt8].document { query in
            query.append(
                "state", document: { $0.append("$ne", string: PostingRow.State.stuck.rawValue) })
            query.append("$or", array: { Self.appendDue(&$0, now: now) })
            guard !destinations.isEmpty else { return }
            query.append(
                "destination",
                document: { inner in
                    inner.append(
                        "$nin",
                        array: { array in
                            for (index, destination) in destinations.enumerated() {
                                BSONWriter.withIndexName(index) { name in
                                    var text = destination
                                    text.withUTF8 { array.append(name, string: $0) }
                                }
                            }
                        })
                })
        }
        return try connection.asking { connection throws(MongoFailure) in
            let settings = OwnedBSON()
            try settings.append("sort", document: .document { $0.append("_id", int64: 1) })
            settings.append("limit", int64: Int64(limit))
            var found = BSONSequence()
            try connection.find(
                in: StoreNames.postings, filter: filter, settings: settings, into: &found, atMost: bytes)
            return (0..<found.count).compactMap { found.withDocument($0) { PostingRow(bson: $0) } }
        }
    }

    package func remove(_ rows: [PostingRow]) throws(StoreError) {
        try write("delete", "deletes", rows) { row, statement in
            statement.append("q", document: { Self.match(row, &$0) })
            statement.append("limit", int64: 1)
        }
    }

    package func update(_ rows: [PostingRow]) throws(StoreError) {
        try write("update", "updates", rows) { row, statement in
            statement.append("q", document: { Self.match(row, &$0) })
            statement.append(
                "u",
                document: { update in
                    update.append(
                        "$set",
                        document: { set in
                            set.append("state", string: row.state.rawValue)
                            row.appendProgress(to: &set)
                        })
                })
        }
    }

    /// What waits and what failed, for people: by destination, those that failed first first.
    package func summary() throws(StoreError) -> [PostingSummary] {
        let reply = try connection.asking { connection throws(MongoFailure) in
            try connection.run("aggregate") { command in
                command.append("aggregate", string: StoreNames.postings)
                command.append("pipeline", array: PostingSummary.appendPipeline)
                command.append("cursor", document: { $0.append("batchSize", int64: 1000) })
            }
        }
        return reply.withUnsafeBytes { bytes in
            let batch = BSONElements(bytes).first(named: "cursor")?.elements?.first(named: "firstBatch")?.elements
            return batch.map { $0.compactMap { PostingSummary(bson: $0.value) } } ?? []
        }
    }

    /// Rows of routes keep their order, so that one which waits holds up those behind it. Rows of feeds have none, and are let
    /// alone for a moment: a gateway that had lost its lease without knowing takes them back.
    private static func appendDue(_ alternatives: inout BSONWriter, now: Int64) {
        alternatives.append(
            "0",
            document: { other in
                other.append("origin", document: { $0.append("$ne", string: PostingRow.Origin.feed.rawValue) })
            })
        alternatives.append(
            "1", document: { due in due.append("nextTryAt", document: { $0.append("$lte", date: now) }) })
        alternatives.append("2", document: { $0.append("nextTryAt", null: ()) })
    }

    private static func match(_ row: PostingRow, _ query: inout BSONWriter) {
        query.append("_id", string: row.id)
        query.append("version", string: row.version)
    }

    private func write(
        _ name: StaticString, _ list: StaticString, _ rows: [PostingRow],
        _ statement: (PostingRow, inout BSONWriter) -> Void
    ) throws(StoreError) {
        _ = try connection.asking { connection throws(MongoFailure) in
            try connection.write("\(name)", to: StoreNames.postings) { command in
                command.append(
                    list,
                    array: { array in
                        for (index, row) in rows.enumerated() {
                            BSONWriter.withIndexName(index) { name in
                                array.append(name, document: { statement(row, &$0) })
                            }
                        }
                    })
                command.append("ordered", bool: false)
            }
        }
    }

    /// At most ``MongoSettings/closePatience``. It cannot be used afterwards.
    package nonisolated func close() async {
        let isFirst = isClosed.withLock { isClosed in
            defer { isClosed = true }
            return !isClosed
        }
        if isFirst { _ = await finished(within: patience) { await self.shutDown() } }
    }

    private func shutDown() {
        connection.close()
        lane.stop()
    }
}
