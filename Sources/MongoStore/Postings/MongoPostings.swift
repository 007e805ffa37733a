package import BSON
package import Contracts
internal import JSON
internal import Synchronization
internal import ThreadExecutors

/// The outbox `gateway.postings`, on a thread and connection of its own.
package actor MongoPostings: PostingStore {
    nonisolated let lane = ThreadExecutor(named: "mongo-postings")
    package nonisolated var unownedExecutor: UnownedSerialExecutor { lane.asUnownedSerialExecutor() }

    /// Destinations per query: beyond 200 pairs of destination and state the server sorts instead of merging.
    private static let destinationsAtATime = 90

    private let patience: Duration
    private let questionTime: Duration
    private let clock: PostingClock
    private let readConcern: @Sendable () -> BSONLiteral
    private var connection: ExecutorConnection
    /// The last destination read; the next read starts after it. Empty: at the first.
    private var lastDestination = ""
    private let isClosed = Mutex(false)

    init(of deployment: MongoDeployment) {
        patience = deployment.settings.closePatience
        questionTime = deployment.questionTime
        clock = deployment.postingClock
        readConcern = { deployment.readConcern }
        connection = ExecutorConnection(of: deployment)
    }

    package func waiting(
        limit: Int, bytes: Int, without destinations: [String], now: Int64
    ) throws(StoreError) -> [PostingRow] {
        let resting = Set(destinations)
        return try connection.asking { connection throws(MongoFailure) in
            let open = try self.destinations(on: connection).filter { !resting.contains($0) }.sorted()
            // Destinations that did not fit last time come first.
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

    /// All destinations with rows. The index gives each once, however many rows it has.
    private func destinations(on connection: MongoConnection) throws(MongoFailure) -> [String] {
        let reply = try connection.run([
            "distinct": .value(StoreCollections.postings), "key": "destination", "readConcern": readConcern(),
        ])
        return reply.withUnsafeBytes { bytes in
            BSONElements(bytes).first(named: "values")?.elements.map { $0.compactMap(\.text) } ?? []
        }
    }

    /// Rows of these destinations, merged in id order. Majority reads: what could be rolled back is not published.
    private func find(
        _ destinations: ArraySlice<String>, now: Int64, limit: Int, bytes: Int, into found: inout BSONSequence,
        on connection: MongoConnection
    ) throws(MongoFailure) {
        let filter = Self.waiting(destinations, now: now)
        try Self.byIndex { isThere throws(MongoFailure) in
            try connection.find(
                filter, in: StoreCollections.postings,
                [
                    "readConcern": readConcern(), "sort": .byID, "limit": .int64(limit),
                    "batchSize": .int64(limit + 1), "hint": isThere ? PostingIndex.keys : .absent,
                ], into: &found, atMost: bytes)
        }
    }

    /// Queries with the index hint; without it, and slowly, if the index was dropped.
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

    /// Rows of routes keep their order, so that one which waits holds up those behind it. Rows of feeds have none, and are let
    /// alone for a moment: a gateway that had lost its lease without knowing takes them back.
    static func waiting(_ destinations: ArraySlice<String>, now: Int64) -> BSONLiteral {
        [
            "destination": ["$in": .array(destinations.map { .value($0) })],
            "state": ["$in": .states([.failed, .pending])],
            "$or": [
                ["origin": ["$ne": .value(PostingRow.Origin.feed.rawValue)]],
                ["nextTryAt": ["$lte": .date(now)]],
                ["nextTryAt": nil],
                // Further ahead than any pause is long: another clock was ahead, or ours has been set back.
                ["nextTryAt": ["$gt": .date(now &+ 60_000)]],
            ],
        ]
    }

    /// All rows of a feed. Their ids begin with its name between colons; the sign behind the colon ends them.
    package static func filter(ofFeed name: String) -> BSONLiteral {
        ["_id": ["$gte": .value("feed:\(name):"), "$lt": .value("feed:\(name);")]]
    }

    package func remove(_ rows: [PostingRow]) throws(StoreError) {
        // One statement for all of a version: nearly all rows have the first one.
        let deletes = Dictionary(grouping: rows, by: \.version).map { version, rows -> BSONLiteral in
            let ids: BSONLiteral = ["$in": .array(rows.map { .value($0.id) })]
            return ["q": ["_id": ids, "version": .value(version)], "limit": 0]
        }
        try write("delete", ["deletes": .array(deletes), "ordered": false])
    }

    package func update(_ rows: [PostingRow]) throws(StoreError) {
        let updates = rows.map { row -> BSONLiteral in
            let progress = [UInt8].document { set in
                set.append("state", string: row.state.rawValue)
                row.appendProgress(to: &set)
            }
            return ["q": Self.match(row), "u": ["$set": .raw(progress)]]
        }
        try write("update", ["updates": .array(updates), "ordered": false])
    }

    /// Pending and failed postings by destination, oldest failure first. Nil if too many to count quickly.
    package func summary() throws(StoreError) -> [PostingSummary]? {
        try connection.asking { connection throws(MongoFailure) in
            do throws(MongoFailure) {
                let failed = try groups(PostingSummary.failedOnes, on: connection)
                let pending = try groups(PostingSummary.pendingOnes, on: connection)
                return PostingSummary.merged(failed, pending)
            } catch {
                guard error.isOutOfTime else { throw error }
                return nil
            }
        }
    }

    private func groups(
        _ pipeline: BSONLiteral, on connection: MongoConnection
    ) throws(MongoFailure) -> [PostingSummary] {
        let reply = try Self.byIndex { isThere throws(MongoFailure) in
            try connection.run([
                "aggregate": .value(StoreCollections.postings), "pipeline": pipeline, "cursor": ["batchSize": 1000],
                "maxTimeMS": .int64(questionTime.milliseconds), "hint": isThere ? PostingIndex.keys : .absent,
            ])
        }
        return reply.withUnsafeBytes { bytes in
            let batch = BSONElements(bytes).first(named: "cursor")?.elements?.first(named: "firstBatch")?.elements
            return batch.map { $0.compactMap { PostingSummary(bson: $0.value) } } ?? []
        }
    }

    /// Orders this process's postings after the stored ones, whichever gateway wrote them.
    package func followOrder() throws(StoreError) {
        let last = try connection.asking { connection throws(MongoFailure) in try connection.lastPostingID() }
        if let last { clock.observe(last) }
    }

    private static func match(_ row: PostingRow) -> BSONLiteral {
        ["_id": .value(row.id), "version": .value(row.version)]
    }

    private func write(_ name: BSONLiteral.Name, _ members: BSONLiteral) throws(StoreError) {
        _ = try connection.asking { connection throws(MongoFailure) in
            try connection.write(name, to: StoreCollections.postings, members)
        }
    }

    /// Takes at most ``MongoSettings/closePatience``. It must not be used afterwards.
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
    /// The greatest `_id` written by a batch; nil if none. Rows of feeds sort after them.
    func lastPostingID() throws(MongoFailure) -> ByteString? {
        let found = try find(
            ["_id": ["$lt": "feed:"]], in: StoreCollections.postings,
            ["sort": ["_id": -1], "projection": .byID, "limit": 1])
        return found.isEmpty ? nil : found.withDocument(0) { BSONElements($0).first(named: "_id")?.byteString }
    }
}

extension BSONLiteral {
    static func states(_ states: [PostingRow.State]) -> BSONLiteral { .array(states.map { .value($0.rawValue) }) }
}

extension MongoDeployment {
    /// The postings that wait, with a connection of its own.
    package func makePostings() -> MongoPostings { MongoPostings(of: self) }
}
