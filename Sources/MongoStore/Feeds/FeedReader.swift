internal import CMongoC
internal import Documents
internal import Lanes
internal import Pipeline
internal import Records

/// Reads a feed's documents, on a thread and a connection of its own.
actor FeedReader {
    nonisolated let lane = Lane(named: "feed-reader")
    nonisolated var unownedExecutor: UnownedSerialExecutor { lane.asUnownedSerialExecutor() }

    private let plan: FeedPlan
    private let request: FeedRequest
    private let deployment: MongoDeployment
    private let claims: FeedClaims?
    private var connection: LaneConnection
    private var cursor: OpenCursor?
    /// The kind of value that a feed by a field goes by.
    private var bracket: Bracket?
    /// Where the run is read piece by piece: the piece that ``cursor`` reads.
    private var window: FeedWindow?
    /// Where the run began.
    private var mark: FeedMark?
    /// Documents of a piece; nil: runs are read in one go, as long as that goes well.
    private var windowSize: Int?

    init(of deployment: MongoDeployment, plan: FeedPlan, holder: String) {
        self.deployment = deployment
        self.plan = plan
        request = FeedRequest(plan: plan)
        claims =
            plan.isShared
            ? FeedClaims(plan: plan, holder: holder) { () throws(MongoFailure) in try Self.readSettings(deployment) }
            : nil
        connection = LaneConnection(of: deployment)
    }

    func shutDown() {
        cursor = nil
        connection.close()
        lane.stop()
    }

    // MARK: A run

    func begin(from mark: FeedMark?) throws(StoreError) -> FeedReading {
        cursor = nil
        window = nil
        return try using { connection throws(MongoFailure) in
            let hello = try connection.run("hello", on: "admin") { $0.append("hello", int64: 1) }
            let now = hello.withUnsafeBytes { BSONElements($0).first(named: "localTime")?.date }
            let reading = FeedReading(now: now ?? wallClockMilliseconds())
            guard let start = try start(mark, on: connection) else { return reading }
            self.mark = start.mark
            if let windowSize {
                window = FeedWindow(plan, from: start.mark)
                try window?.advance(in: plan.collection, count: windowSize, isFirst: true, on: connection)
            }
            if claims == nil { try open(on: connection) }
            return reading
        }
    }

    /// Opens the run, or the piece of it that is its turn.
    private func open(on connection: MongoConnection) throws(MongoFailure) {
        let settings = try Self.readSettings(deployment)
        try settings.append("sort", document: request.sort)
        settings.append("allowDiskUse", bool: true)
        settings.append("batchSize", int64: Int64(plan.batchDocuments))
        try window?.appendBounds(to: settings)
        cursor = try connection.open(
            plan.collection, filter: request.filter(from: mark, and: window?.condition), settings)
    }

    /// Goes on to the next piece of the run. False where there is none.
    private func openNext(on connection: MongoConnection) throws(MongoFailure) -> Bool {
        guard let windowSize, window?.isLast == false else { return false }
        try window?.advance(in: plan.collection, count: windowSize, isFirst: false, on: connection)
        if claims == nil { try open(on: connection) }
        return true
    }

    /// Where a run begins; nil where there is no document that it could meet. A feed by a field that has no mark goes by the
    /// first kind of value that is there. Where that cannot be found out in a moment, by the first that may be.
    private func start(
        _ mark: FeedMark?, on connection: MongoConnection
    ) throws(MongoFailure) -> (mark: FeedMark?, Void)? {
        guard case .field = plan.progress else { return (nil, ()) }
        if let mark, let bracket = Bracket(mark.value) {
            self.bracket = bracket
            return (mark, ())
        }
        var unknown: Bracket?
        for bracket in Bracket.allCases {
            let first = FeedMark(value: bracket.least, id: nil)
            guard
                let found = try connection.findIDs(
                    in: plan.collection, filter: request.filter(from: first), limit: 1, within: deployment.questionTime)
            else {
                unknown = unknown ?? bracket
                continue
            }
            if found.isEmpty { continue }
            self.bracket = bracket
            return (first, ())
        }
        guard let unknown else { return nil }
        bracket = unknown
        return (FeedMark(value: unknown.least, id: nil), ())
    }

    func next(count: Int, bytes: Int) throws(StoreError) -> BSONSequence {
        try using { connection throws(MongoFailure) in
            if let claims {
                while true {
                    let claimed = try claims.next(count: count, in: window, on: connection)
                    if !claimed.isEmpty { return claimed }
                    guard try openNext(on: connection) else { return claimed }
                }
            }
            var documents = BSONSequence()
            while documents.count < count, documents.bytes.count < bytes {
                if let cursor {
                    if try cursor.next(into: &documents) { continue }
                    self.cursor = nil
                }
                // What was found goes first: the next piece may hold nothing.
                guard documents.isEmpty, !Task.isCancelled, try openNext(on: connection) else { break }
            }
            return documents
        }
    }

    // MARK: Single documents

    func documents(withIDs ids: [BSONValue]) throws(StoreError) -> BSONSequence {
        try using { connection throws(MongoFailure) in
            if let claims { return try claims.documents(ids, on: connection) }
            var found = BSONSequence()
            let settings = try Self.readSettings(deployment)
            settings.append("batchSize", int64: Int64(ids.count) + 1)
            try connection.find(
                in: plan.collection, filter: request.filter(ids: ids), settings: settings, into: &found)
            return found
        }
    }

    func documentsOutOfOrder(limit: Int) throws(StoreError) -> [BSONValue]? {
        guard case .field(let field, _) = plan.progress else { return [] }
        let filter = request.filterOutOfOrder(bracket ?? .date, field: field)
        return try using { connection throws(MongoFailure) in
            try connection.findIDs(in: plan.collection, filter: filter, limit: limit, within: deployment.questionTime)
        }
    }

    func missingIndex() throws(StoreError) -> FeedIndex? {
        guard let key = request.sortKey, try documentCount() >= FeedIndex.worthIt, try mustSort() else { return nil }
        return FeedIndex(collection: plan.collection, field: key)
    }

    /// As the server keeps it, without counting.
    private func documentCount() throws(StoreError) -> Int {
        let reply = try using { connection throws(MongoFailure) in
            try connection.run("count") { $0.append("count", string: plan.collection) }
        }
        return reply.withUnsafeBytes { Int(BSONElements($0).first(named: "n")?.integer ?? 0) }
    }

    /// Whether the plan that the server has for a run sorts.
    private func mustSort() throws(StoreError) -> Bool {
        let filter = request.filter(from: bracket.map { FeedMark(value: $0.least, id: nil) })
        let reply = try using { connection throws(MongoFailure) in
            try connection.run("explain") { command in
                command.append(
                    "explain",
                    document: { find in
                        find.append("find", string: plan.collection)
                        filter.withUnsafeBytes { find.append(BSONWriter.bytes(of: "filter"), type: 3, value: $0) }
                        request.sort.withUnsafeBytes {
                            find.append(BSONWriter.bytes(of: "sort"), type: 3, value: $0)
                        }
                    })
                command.append("verbosity", string: "queryPlanner")
            }
        }
        return reply.withUnsafeBytes { bytes in
            let planner = BSONElements(bytes).first(named: "queryPlanner")?.elements
            return planner?.first { $0.isNamed("winningPlan") }.map(Self.sorts) ?? false
        }
    }

    private static func sorts(_ plan: BSONElement) -> Bool {
        guard let fields = plan.elements else { return false }
        return fields.contains { field in
            (field.isNamed("stage") && field.text == "SORT") || sorts(field)
        }
    }

    // MARK: Settings

    /// What a majority has: what could still be rolled back is not published.
    private static func readSettings(_ deployment: MongoDeployment) throws(MongoFailure) -> OwnedBSON {
        let settings = OwnedBSON()
        if deployment.guarantee == .exactlyOnce { try settings.appendMajorityRead() }
        return settings
    }

    private func using<Result>(
        _ body: (MongoConnection) throws(MongoFailure) -> Result
    ) throws(StoreError) -> Result {
        let began = ContinuousClock.now
        do throws(MongoFailure) {
            return try connection.using(body)
        } catch {
            cursor = nil
            // A cursor that the server has given up is no race of a transaction: the run begins again where it is.
            let kind = error.verdict == .unknown ? .unknown : error.verdict.kind
            guard error.isOutOfTime || isOutOfPatience(error, since: began) else { throw error.storeError(kind) }
            throw takesTooLong(error.storeError(kind))
        }
    }

    /// The server was asked for more than it says in the time that a connection waits for it.
    private func isOutOfPatience(_ failure: MongoFailure, since began: ContinuousClock.Instant) -> Bool {
        guard failure.origin == .network, let patience = deployment.socketPatience else { return false }
        return began.duration(to: .now) >= patience * 0.8
    }

    /// The next try goes piece by piece, or by smaller pieces.
    private func takesTooLong(_ error: StoreError) -> StoreError {
        let isSmallest = windowSize.map { FeedWindow.smaller(than: $0) == $0 } ?? false
        windowSize = windowSize.map { FeedWindow.smaller(than: $0) } ?? FeedWindow.most
        guard isSmallest || FeedWindow(plan, from: nil) == nil, let key = request.sortKey else { return error }
        return StoreError(
            kind: error.kind, code: error.code,
            message: "reading '\(plan.collection)' in its order takes the store longer than a connection waits"
                + " (socketTimeoutMS in mongoDB.uri); create an index: \(FeedIndex(collection: plan.collection, field: key).command)"
        )
    }
}

/// A query that is read piece by piece. Belongs to the lane of its connection, and must go before that is closed.
final class OpenCursor {
    private let handle: CursorHandle
    private let collection: String

    init(takingOwnershipOf pointer: OpaquePointer, collection: String) {
        handle = CursorHandle(takingOwnershipOf: pointer)
        self.collection = collection
    }

    /// False at the end.
    func next(into documents: inout BSONSequence) throws(MongoFailure) -> Bool {
        var document: OpaquePointer?
        if mongoc_cursor_next(handle.pointer, &document), let document {
            documents.append(copying: document.documentBytes)
            return true
        }
        var error = bson_error_t()
        guard mongoc_cursor_error_document(handle.pointer, &error, &document) else { return false }
        throw MongoFailure(step: .read(collection: collection), reply: document?.documentBytes, error: error)
    }
}

extension MongoConnection {
    /// Begins a query on the primary. `settings` are libmongoc's options of a find.
    func open(
        _ collection: String, filter: [UInt8], _ settings: borrowing OwnedBSON
    ) throws(MongoFailure) -> OpenCursor? {
        let handle = CollectionHandle(client: client, database: database, name: collection)
        let opened = try filterView.with(filter, for: .read(collection: collection)) { filter in
            mongoc_collection_find_with_opts(handle.pointer, filter, settings.pointer, options.primary)
        }
        return opened.map { OpenCursor(takingOwnershipOf: $0, collection: collection) }
    }
}

extension MongoConnection {
    /// The `_id`s of documents that the filter takes, `limit` at most. Nil where the server did not know them within that time.
    func findIDs(
        in collection: String, filter: [UInt8], limit: Int, within time: Duration
    ) throws(MongoFailure) -> [BSONValue]? {
        var found = BSONSequence()
        let settings = OwnedBSON()
        settings.append("limit", int64: Int64(limit))
        settings.append("maxTimeMS", int64: time.milliseconds)
        try settings.append("projection", document: .document { $0.append("_id", int64: 1) })
        do throws(MongoFailure) {
            try find(in: collection, filter: filter, settings: settings, into: &found)
        } catch {
            guard error.isOutOfTime else { throw error }
            return nil
        }
        return found.ids
    }
}

extension BSONSequence {
    /// The `_id` of each document.
    var ids: [BSONValue] {
        (0..<count).compactMap { index in
            withDocument(index) { BSONElements($0).first(named: "_id").map { BSONValue(copying: $0) } }
        }
    }
}
