internal import Documents
internal import Lanes
package import Pipeline
internal import Records
internal import Synchronization

/// `gateway.postings` of a deployment, on a thread and a connection of its own.
package actor MongoPostings: PostingStore {
    nonisolated let lane = Lane(named: "mongo-postings")
    package nonisolated var unownedExecutor: UnownedSerialExecutor { lane.asUnownedSerialExecutor() }

    /// Of one query: beyond 200 pairs of destination and state the server sorts instead of merging.
    private static let destinationsAtATime = 90

    private let patience: Duration
    private let questionTime: Duration
    private let clock: PostingClock
    private let guarantee: @Sendable () -> Guarantee?
    private var connection: LaneConnection
    /// Behind which the next look begins; empty: at the first one.
    private var lastDestination = ""
    private let isClosed = Mutex(false)

    init(of deployment: MongoDeployment) {
        patience = deployment.settings.closePatience
        questionTime = deployment.questionTime
        clock = deployment.postingClock
        guarantee = { deployment.guarantee }
        connection = LaneConnection(of: deployment)
    }

    package func waiting(
        limit: Int, bytes: Int, without destinations: [String], now: Int64
    ) throws(StoreError) -> [PostingRow] {
        let resting = Set(destinations)
        return try connection.asking { connection throws(MongoFailure) in
            let open = try self.destinations(on: connection).filter { !resting.contains($0) }.sorted()
            // Those that had no room the last time come first.
            let start = open.firstIndex { $0 > lastDestination } ?? 0
            var rest = open[start...] + open[..<start]
            var found = BSONSequence()
            while !rest.isEmpty, found.count < limit, found.bytes.count <= bytes {
                let some = rest.prefix(Self.destinationsAtATime)
                rest = rest.dropFirst(some.count)
                lastDestination = some.last ?? ""
                try find(some, now: now, limit: limit - found.count, bytes: bytes, into: &found, on: connection)
            }
            if rest.isEmpty { lastDestination = "" }
            return (0..<found.count).compactMap { found.withDocument($0) { PostingRow(bson: $0) } }
        }
    }

    /// Where anything goes. The index names each once, however many rows it has.
    private func destinations(on connection: MongoConnection) throws(MongoFailure) -> [String] {
        let reply = try connection.run("distinct") { command in
            command.append("distinct", string: StoreNames.postings)
            command.append("key", string: "destination")
            if guarantee() == .exactlyOnce { command.appendMajorityRead() }
        }
        return reply.withUnsafeBytes { bytes in
            BSONElements(bytes).first(named: "values")?.elements.map { $0.compactMap(\.text) } ?? []
        }
    }

    /// Rows of these destinations, merged in the order of their ids. Only what a majority has: what could still be rolled back
    /// is not published.
    private func find(
        _ destinations: ArraySlice<String>, now: Int64, limit: Int, bytes: Int, into found: inout BSONSequence,
        on connection: MongoConnection
    ) throws(MongoFailure) {
        let filter = Self.waiting(destinations, now: now)
        try Self.byIndex { isThere throws(MongoFailure) in
            let settings = OwnedBSON()
            if guarantee() == .exactlyOnce { try settings.appendMajorityRead() }
            try settings.append("sort", document: .document { $0.append("_id", int64: 1) })
            settings.append("limit", int64: Int64(limit))
            settings.append("batchSize", int64: Int64(limit) + 1)
            if isThere { try settings.append("hint", document: PostingIndex.keys) }
            try connection.find(
                in: StoreNames.postings, filter: filter, settings: settings, into: &found, atMost: bytes)
        }
    }

    /// Asks by the index; where somebody has dropped that, without it, and so slowly.
    private static func byIndex<Result>(
        _ body: (_ isThere: Bool) throws(MongoFailure) -> Result
    ) throws(MongoFailure) -> Result {
        do throws(MongoFailure) {
            return try body(true)
        } catch {
            guard error.code == ServerCode.badValue else { throw error }
            return try body(false)
        }
    }

    static func waiting(_ destinations: ArraySlice<String>, now: Int64) -> [UInt8] {
        .document { query in
            query.append(
                "destination",
                document: { $0.append("$in", values: destinations.map { BSONValue(string: $0) }) })
            query.append(
                "state",
                document: { state in
                    let open: [PostingRow.State] = [.failed, .pending]
                    state.append("$in", values: open.map { BSONValue(string: $0.rawValue) })
                })
            query.append("$or", array: { Self.appendDue(&$0, now: now) })
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

    /// What waits and what failed, for people: by destination, those that failed first first. Nil where there is too much to be
    /// counted in a moment.
    package func summary() throws(StoreError) -> [PostingSummary]? {
        try connection.asking { connection throws(MongoFailure) in
            do throws(MongoFailure) {
                let failed = try groups(PostingSummary.appendFailed, on: connection)
                let pending = try groups(PostingSummary.appendPending, on: connection)
                return PostingSummary.merged(failed, pending)
            } catch {
                guard error.isOutOfTime else { throw error }
                return nil
            }
        }
    }

    private func groups(
        _ pipeline: (inout BSONWriter) -> Void, on connection: MongoConnection
    ) throws(MongoFailure) -> [PostingSummary] {
        let reply = try Self.byIndex { isThere throws(MongoFailure) in
            try connection.run("aggregate") { command in
                command.append("aggregate", string: StoreNames.postings)
                command.append("pipeline", array: pipeline)
                command.append("cursor", document: { $0.append("batchSize", int64: 1000) })
                command.append("maxTimeMS", int64: questionTime.milliseconds)
                if isThere {
                    PostingIndex.keys.withUnsafeBytes {
                        command.append(BSONWriter.bytes(of: "hint"), type: 3, value: $0)
                    }
                }
            }
        }
        return reply.withUnsafeBytes { bytes in
            let batch = BSONElements(bytes).first(named: "cursor")?.elements?.first(named: "firstBatch")?.elements
            return batch.map { $0.compactMap { PostingSummary(bson: $0.value) } } ?? []
        }
    }

    /// Lets the postings of this process lie behind those that are stored, whoever noted them and by whose clock.
    package func followOrder() throws(StoreError) {
        let last = try connection.asking { connection throws(MongoFailure) in try connection.lastPostingID() }
        if let last { clock.observe(last) }
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
        // Further ahead than any pause is long: somebody's clock was ahead, or ours has been set back.
        alternatives.append(
            "3", document: { due in due.append("nextTryAt", document: { $0.append("$gt", date: now &+ 60_000) }) })
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

extension MongoConnection {
    /// The greatest `_id` of a row that a batch noted; nil where there is none. Rows of feeds sort behind them.
    func lastPostingID() throws(MongoFailure) -> ByteString? {
        let settings = OwnedBSON()
        try settings.append("sort", document: .document { $0.append("_id", int64: -1) })
        try settings.append("projection", document: .document { $0.append("_id", int64: 1) })
        settings.append("limit", int64: 1)
        var found = BSONSequence()
        let filter = [UInt8].document { $0.append("_id", document: { $0.append("$lt", string: "feed:") }) }
        try find(in: StoreNames.postings, filter: filter, settings: settings, into: &found)
        return found.isEmpty ? nil : found.withDocument(0) { BSONElements($0).first(named: "_id")?.byteString }
    }
}

extension BSONWriter {
    /// `readConcern` of a command whose answer leads to something outside the store.
    mutating func appendMajorityRead() {
        append("readConcern", document: { $0.append("level", string: "majority") })
    }
}

extension OwnedBSON {
    /// The same among the options of a find.
    func appendMajorityRead() throws(MongoFailure) {
        try append("readConcern", document: .document { $0.append("level", string: "majority") })
    }
}
