internal import BSON
internal import CMongoC
internal import Contracts
internal import JSON
internal import ThreadExecutors

/// Reads a feed's documents, on a thread and connection of its own.
actor FeedReader {
    nonisolated let lane = ThreadExecutor(named: "feed-reader")
    nonisolated var unownedExecutor: UnownedSerialExecutor { lane.asUnownedSerialExecutor() }

    private let plan: FeedPlan
    private let request: FeedRequest
    private let deployment: MongoDeployment
    private let claims: FeedClaims?
    private var connection: ExecutorConnection
    private var cursor: OpenCursor?
    /// Type bracket of the feed's field.
    private var bracket: Bracket?
    /// The current window, if the run is read in windows.
    private var window: FeedWindow?
    /// Start of the run.
    private var mark: FeedCheckpoint?
    /// Documents per window; nil: runs are read with a single query while that works.
    private var windowSize: Int?

    init(of deployment: MongoDeployment, plan: FeedPlan, holder: String) {
        self.deployment = deployment
        self.plan = plan
        request = FeedRequest(plan: plan)
        claims =
            plan.isShared
            ? FeedClaims(plan: plan, holder: holder) { deployment.readConcern }
            : nil
        connection = ExecutorConnection(of: deployment)
    }

    func shutDown() {
        cursor = nil
        connection.close()
        lane.stop()
    }

    // MARK: A run

    func begin(from mark: FeedCheckpoint?) throws(StoreError) -> FeedReading {
        cursor = nil
        window = nil
        return try using { connection throws(MongoFailure) in
            let hello = try connection.run(["hello": 1], on: "admin")
            let now = hello.withUnsafeBytes { BSONElements($0).first(named: "localTime")?.date }
            let reading = FeedReading(now: now ?? WallClock.now())
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

    /// Opens the run, or its current window.
    private func open(on connection: MongoConnection) throws(MongoFailure) {
        cursor = try connection.open(
            request.filter(from: mark, and: window?.condition ?? .absent), in: plan.collection,
            [
                "readConcern": deployment.readConcern, "sort": request.sort, "allowDiskUse": true,
                "batchSize": .int64(plan.batchDocuments),
            ] + (window?.bounds ?? [:]))
    }

    /// Advances to the next window. False at the end.
    private func openNext(on connection: MongoConnection) throws(MongoFailure) -> Bool {
        guard let windowSize, window?.isLast == false else { return false }
        try window?.advance(in: plan.collection, count: windowSize, isFirst: false, on: connection)
        if claims == nil { try open(on: connection) }
        return true
    }

    /// Start of a run; nil if there are no documents. A feed by a field without a mark starts at the first bracket with
    /// values, or, if that is not found quickly, at the first possible one.
    private func start(
        _ mark: FeedCheckpoint?, on connection: MongoConnection
    ) throws(MongoFailure) -> (mark: FeedCheckpoint?, Void)? {
        guard case .field = plan.progress else { return (nil, ()) }
        if let mark, let bracket = Bracket(mark.value) {
            self.bracket = bracket
            return (mark, ())
        }
        var unknown: Bracket?
        for bracket in Bracket.allCases {
            let first = FeedCheckpoint(value: bracket.least, id: nil)
            guard
                let found = try connection.findIDs(
                    request.filter(from: first), in: plan.collection, limit: 1, within: deployment.questionTime)
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
        return (FeedCheckpoint(value: unknown.least, id: nil), ())
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
                // Return what was found first: the next window may be empty.
                guard documents.isEmpty, !Task.isCancelled, try openNext(on: connection) else { break }
            }
            return documents
        }
    }

    // MARK: Single documents

    func documents(withIDs ids: [BSONValue]) throws(StoreError) -> BSONSequence {
        try using { connection throws(MongoFailure) in
            if let claims { return try claims.documents(ids, on: connection) }
            return try connection.find(
                request.filter(ids: ids), in: plan.collection,
                ["readConcern": deployment.readConcern, "batchSize": .int64(ids.count + 1)])
        }
    }

    func documentsOutOfOrder(limit: Int) throws(StoreError) -> [BSONValue]? {
        guard case .field(let field, _) = plan.progress else { return [] }
        let filter = request.filterOutOfOrder(bracket ?? .date, field: field)
        return try using { connection throws(MongoFailure) in
            try connection.findIDs(filter, in: plan.collection, limit: limit, within: deployment.questionTime)
        }
    }

    func missingIndex() throws(StoreError) -> FeedIndex? {
        guard let key = request.sortKey, try documentCount() >= FeedIndex.worthIt, try mustSort() else { return nil }
        return FeedIndex(collection: plan.collection, field: key)
    }

    /// From collection metadata, without counting.
    private func documentCount() throws(StoreError) -> Int {
        let reply = try using { connection throws(MongoFailure) in
            try connection.run(["count": .value(plan.collection)])
        }
        return reply.withUnsafeBytes { Int(BSONElements($0).first(named: "n")?.integer ?? 0) }
    }

    /// Whether the server's plan for a run sorts.
    private func mustSort() throws(StoreError) -> Bool {
        let filter = request.filter(from: bracket.map { FeedCheckpoint(value: $0.least, id: nil) })
        let reply = try using { connection throws(MongoFailure) in
            try connection.run([
                "explain": ["find": .value(plan.collection), "filter": filter, "sort": request.sort],
                "verbosity": "queryPlanner",
            ])
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

    private func using<Result>(
        _ body: (MongoConnection) throws(MongoFailure) -> Result
    ) throws(StoreError) -> Result {
        let began = ContinuousClock.now
        do throws(MongoFailure) {
            return try connection.using(body)
        } catch {
            cursor = nil
            // A cursor that the server has dropped is not a transaction conflict: the run resumes.
            let kind = error.verdict == .unknown ? .unknown : error.verdict.kind
            guard error.isOutOfTime || isOutOfPatience(error, since: began) else { throw error.storeError(kind) }
            throw takesTooLong(error.storeError(kind))
        }
    }

    /// The query took longer than the connection waits.
    private func isOutOfPatience(_ failure: MongoFailure, since began: ContinuousClock.Instant) -> Bool {
        guard failure.origin == .network, let patience = deployment.socketPatience else { return false }
        return began.duration(to: .now) >= patience * 0.8
    }

    /// The next try reads in windows, or in smaller ones.
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
