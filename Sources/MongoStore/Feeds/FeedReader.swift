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
        return try using { connection throws(MongoFailure) in
            let hello = try connection.run("hello", on: "admin") { $0.append("hello", int64: 1) }
            let now = hello.withUnsafeBytes { BSONElements($0).first(named: "localTime")?.date }
            let reading = FeedReading(now: now ?? wallClockMilliseconds())
            guard claims == nil, let start = try start(mark, on: connection) else { return reading }
            let settings = try Self.readSettings(deployment)
            try settings.append("sort", document: request.sort)
            settings.append("allowDiskUse", bool: true)
            settings.append("batchSize", int64: Int64(plan.batchDocuments))
            cursor = try connection.open(plan.collection, filter: request.filter(from: start.mark), settings)
            return reading
        }
    }

    /// Where a run begins; nil where there is no document that it could meet. A feed by a field that has no mark goes by the
    /// first kind of value that is there.
    private func start(
        _ mark: FeedMark?, on connection: MongoConnection
    ) throws(MongoFailure) -> (mark: FeedMark?, Void)? {
        guard case .field = plan.progress else { return (nil, ()) }
        if let mark, let bracket = Bracket(mark.value) {
            self.bracket = bracket
            return (mark, ())
        }
        for bracket in Bracket.allCases {
            let first = FeedMark(value: bracket.least, id: nil)
            var found = BSONSequence()
            let settings = OwnedBSON()
            settings.append("limit", int64: 1)
            try settings.append("projection", document: .document { $0.append("_id", int64: 1) })
            try connection.find(
                in: plan.collection, filter: request.filter(from: first), settings: settings, into: &found)
            guard found.isEmpty else {
                self.bracket = bracket
                return (first, ())
            }
        }
        return nil
    }

    func next(count: Int, bytes: Int) throws(StoreError) -> BSONSequence {
        try using { connection throws(MongoFailure) in
            if let claims { return try claims.next(count: count, on: connection) }
            var documents = BSONSequence()
            while documents.count < count, documents.bytes.count < bytes, let cursor {
                guard try cursor.next(into: &documents) else {
                    self.cursor = nil
                    break
                }
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

    func documentsOutOfOrder(limit: Int) throws(StoreError) -> (count: Int, ids: [BSONValue]) {
        guard case .field(let field, _) = plan.progress else { return (0, []) }
        let filter = request.filterOutOfOrder(bracket ?? .date, field: field)
        return try using { connection throws(MongoFailure) in
            var found = BSONSequence()
            let settings = OwnedBSON()
            settings.append("limit", int64: 100)
            try settings.append("projection", document: .document { $0.append("_id", int64: 1) })
            try connection.find(in: plan.collection, filter: filter, settings: settings, into: &found)
            let ids = (0..<found.count).compactMap { index in
                found.withDocument(index) { BSONElements($0).first(named: "_id").map { BSONValue(copying: $0) } }
            }
            guard found.count == 100 else { return (found.count, ids) }
            let reply = try connection.run("count") { command in
                command.append("count", string: plan.collection)
                filter.withUnsafeBytes { command.append(BSONWriter.bytes(of: "query"), type: 3, value: $0) }
                command.append("limit", int64: Int64(limit))
            }
            return (reply.withUnsafeBytes { Int(BSONElements($0).first(named: "n")?.integer ?? 0) }, ids)
        }
    }

    /// Whether the plan that the server has for a run sorts.
    func mustSort() throws(StoreError) -> Bool {
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
        if deployment.guarantee == .exactlyOnce {
            try settings.append("readConcern", document: .document { $0.append("level", string: "majority") })
        }
        return settings
    }

    private func using<Result>(
        _ body: (MongoConnection) throws(MongoFailure) -> Result
    ) throws(StoreError) -> Result {
        do throws(MongoFailure) {
            return try connection.using(body)
        } catch {
            cursor = nil
            // A cursor that the server has given up is no race of a transaction: the run begins again where it is.
            throw error.storeError(error.verdict == .unknown ? .unknown : error.verdict.kind)
        }
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
