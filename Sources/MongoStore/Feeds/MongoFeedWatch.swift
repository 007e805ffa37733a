internal import BSON
internal import CMongoC
package import Contracts
internal import JSON
internal import ThreadExecutors

/// A change stream of a feed's collection, on a thread and connection of its own.
///
/// Uses commands instead of libmongoc's change stream, whose `next` waits for more changes when a batch is used up,
/// delaying those it has.
package actor MongoFeedWatch: FeedWatch {
    private enum Code {
        static let cursorGone: Set<Int> = [43, 237]
        /// History lost, invalid token, or fatal error.
        static let tokenLost: Set<Int> = [260, 280, 286, 222]
    }

    nonisolated let lane = ThreadExecutor(named: "feed-watch")
    package nonisolated var unownedExecutor: UnownedSerialExecutor { lane.asUnownedSerialExecutor() }

    private let deployment: MongoDeployment
    private let plan: FeedPlan
    private var connection: ExecutorConnection
    private var cursor: Int64 = 0
    private var server: UInt32 = 0
    private var token: [UInt8] = []
    /// Changes received with the opening.
    private var ahead: [BSONValue] = []
    /// Why the next ``open(after:)`` cannot resume.
    private var lostReason: String?

    init(of deployment: MongoDeployment, plan: FeedPlan) {
        self.deployment = deployment
        self.plan = plan
        connection = ExecutorConnection(of: deployment)
    }

    package nonisolated func close() async {
        _ = await finished(within: deployment.settings.closePatience) { await self.shutDown() }
    }

    private func shutDown() {
        if cursor != 0 { endCursor() }
        connection.close()
        lane.stop()
    }

    // MARK: Opening

    package func open(after token: [UInt8]?) throws(StoreError) -> FeedWatchStart {
        if cursor != 0 { endCursor() }
        if token != nil, let lostReason {
            self.lostReason = nil
            return .tokenLost(lostReason)
        }
        lostReason = nil
        do throws(MongoFailure) {
            let reply = try connection.using { connection throws(MongoFailure) in
                server = try connection.primaryID()
                _ = try connection.beginSession()
                return try connection.run(aggregate(after: token), pinnedTo: server)
            }
            // When resuming, the first reply may already contain changes.
            ahead = take(reply)
            return .opened(token: token ?? self.token)
        } catch {
            // A retry with the same token would fail again.
            if token != nil, error.origin == .server, error.verdict != .unavailable {
                return .tokenLost("code \(error.code)")
            }
            throw error.storeError
        }
    }

    private func aggregate(after token: [UInt8]?) -> BSONLiteral {
        [
            "aggregate": .value(plan.collection),
            "pipeline": [
                ["$changeStream": ["resumeAfter": .ifThere(token) { .raw($0) }]],
                ["$match": ["operationType": ["$in": ["insert", "update", "replace"]]] + notOurMarks],
                ["$project": ["documentKey": 1]],
            ],
            "cursor": [:],
        ]
    }

    private var notOurMarks: BSONLiteral {
        guard case .flag(let flag) = plan.progress else { return [:] }
        return [.field("updateDescription.updatedFields.\(flag)"): ["$ne": true]]
    }

    // MARK: Going on

    package func next(atMost limit: Duration) throws(StoreError) -> FeedChanges {
        guard cursor != 0 else {
            throw StoreError(
                kind: .unavailable, code: 0, message: "the change stream of '\(plan.collection)' is closed")
        }
        if !ahead.isEmpty {
            defer { ahead = [] }
            return FeedChanges(ids: ahead, token: token)
        }
        do throws(MongoFailure) {
            let reply = try connection.using { connection throws(MongoFailure) in
                try connection.run(getMore(limit), pinnedTo: server)
            }
            let ids = take(reply)
            if cursor == 0 { lostReason = "the collection was dropped or renamed" }
            return FeedChanges(ids: ids, token: token)
        } catch {
            cursor = 0
            if error.origin == .server, Code.tokenLost.contains(error.code) { lostReason = "code \(error.code)" }
            let isGone = Code.cursorGone.contains(error.code)
            throw isGone ? error.storeError(.unavailable) : error.storeError
        }
    }

    private func getMore(_ limit: Duration) -> BSONLiteral {
        [
            "getMore": .int64(cursor), "collection": .value(plan.collection),
            "maxTimeMS": .int64(max(1, limit.milliseconds)),
        ]
    }

    /// Ids of the changed documents, without duplicates; stores cursor and token.
    private func take(_ reply: [UInt8]) -> [BSONValue] {
        reply.withUnsafeBytes { bytes in
            guard let fields = BSONElements(bytes).first(named: "cursor")?.elements else { return [] }
            var ids: [BSONValue] = []
            var seen: Set<BSONValue> = []
            for field in fields {
                if field.isNamed("id") {
                    cursor = field.integer ?? 0
                } else if field.isNamed("postBatchResumeToken") {
                    token = Array(field.value)
                } else if field.isNamed("nextBatch") || field.isNamed("firstBatch") {
                    for event in field.elements ?? BSONElements(bytes) {
                        let key = event.elements?.first(named: "documentKey")?.elements?.first(named: "_id")
                        guard let id = key.map({ BSONValue(copying: $0) }), seen.insert(id).inserted else { continue }
                        ids.append(id)
                    }
                }
            }
            return ids
        }
    }

    private func endCursor() {
        let gone = cursor
        cursor = 0
        _ = try? connection.using { connection throws(MongoFailure) in
            try connection.run(["killCursors": .value(plan.collection), "cursors": [.int64(gone)]], pinnedTo: server)
        }
    }
}

extension MongoConnection {
    /// The current primary's id in libmongoc.
    fileprivate func primaryID() throws(MongoFailure) -> UInt32 {
        var error = bson_error_t()
        guard let server = mongoc_client_select_server(client, true, nil, &error) else {
            throw MongoFailure(step: .connect, error: error)
        }
        defer { mongoc_server_description_destroy(server) }
        return mongoc_server_description_id(server)
    }

    /// Runs a command in the session on that server: a cursor lives on one, and belongs to the session that it was opened in.
    @discardableResult
    fileprivate func run(_ command: BSONLiteral, pinnedTo server: UInt32) throws(MongoFailure) -> [UInt8] {
        let step = MongoFailure.Step.command(command.firstName)
        var error = bson_error_t()
        let reply = OwnedBSON()
        let settings = try callOptions()
        settings.append("serverId", int64: Int64(server))
        let isDone = try documentView.with(command.encoded(for: step), for: step) { command in
            mongoc_client_command_with_opts(
                client, database, command, options.primary, settings.pointer, reply.pointer, &error)
        }
        if isDone { return reply.copiedBytes }
        throw reply.withBytes { MongoFailure(step: step, reply: $0, error: error) }
    }
}
