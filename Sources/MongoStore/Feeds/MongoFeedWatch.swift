internal import CMongoC
internal import Documents
internal import Lanes
package import Pipeline
internal import Records

/// A change stream on a feed's collection, on a thread and a connection of its own.
///
/// By commands rather than libmongoc's own change stream: its `next` waits for more when a batch is used up, and what came
/// would wait with it.
package actor MongoFeedWatch: FeedWatch {
    private enum Code {
        static let cursorGone: Set<Int> = [43, 237]
        /// The history is lost, the token is none, the stream cannot go on.
        static let tokenLost: Set<Int> = [260, 280, 286, 222]
    }

    nonisolated let lane = Lane(named: "feed-watch")
    package nonisolated var unownedExecutor: UnownedSerialExecutor { lane.asUnownedSerialExecutor() }

    private let deployment: MongoDeployment
    private let plan: FeedPlan
    private var connection: LaneConnection
    private var cursor: Int64 = 0
    private var server: UInt32 = 0
    private var token: [UInt8] = []
    /// Changes that came with the opening.
    private var ahead: [BSONValue] = []
    /// Why the next ``open(after:)`` cannot go on from any token.
    private var lostReason: String?

    init(of deployment: MongoDeployment, plan: FeedPlan) {
        self.deployment = deployment
        self.plan = plan
        connection = LaneConnection(of: deployment)
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
                return try connection.run("aggregate", aggregate(after: token), pinnedTo: server)
            }
            // Where it goes on from a token, the first answer may hold changes already.
            ahead = take(reply)
            return .opened(token: token ?? self.token)
        } catch {
            // Whatever the server has against the token, it will not think better of it.
            if token != nil, error.origin == .server, error.verdict != .unavailable {
                return .tokenLost("code \(error.code)")
            }
            throw error.storeError
        }
    }

    private func aggregate(after token: [UInt8]?) -> [UInt8] {
        .document { command in
            command.append("aggregate", string: plan.collection)
            command.append(
                "pipeline",
                array: { stages in
                    stages.append(
                        "0",
                        document: { stage in
                            stage.append(
                                "$changeStream",
                                document: { settings in
                                    token?.withUnsafeBytes {
                                        settings.append(BSONWriter.bytes(of: "resumeAfter"), type: 3, value: $0)
                                    }
                                })
                        })
                    stages.append("1", document: { $0.append("$match", document: appendWanted) })
                    stages.append(
                        "2",
                        document: { $0.append("$project", document: { $0.append("documentKey", int64: 1) }) })
                })
            command.append("cursor", document: { _ in })
        }
    }

    private func appendWanted(_ match: inout BSONWriter) {
        match.append(
            "operationType",
            document: { type in
                type.append("$in", values: ["insert", "update", "replace"].map { BSONValue(string: $0) })
            })
        // Not our own marks.
        guard case .flag(let flag) = plan.progress else { return }
        match.append(
            Array("updateDescription.updatedFields.\(flag)".utf8),
            document: { $0.append("$ne", value: BSONValue(bool: true)) })
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
                try connection.run("getMore", getMore(limit), pinnedTo: server)
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

    private func getMore(_ limit: Duration) -> [UInt8] {
        .document { command in
            command.append("getMore", int64: cursor)
            command.append("collection", string: plan.collection)
            command.append("maxTimeMS", int64: max(1, limit.milliseconds))
        }
    }

    /// The documents that a reply tells of, each once; keeps cursor and token.
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
            let command = [UInt8].document { command in
                command.append("killCursors", string: plan.collection)
                command.append("cursors", values: [BSONValue(int64: gone)])
            }
            _ = try connection.run("killCursors", command, pinnedTo: server)
        }
    }
}

extension MongoConnection {
    /// The server that is primary now, as libmongoc counts them.
    fileprivate func primaryID() throws(MongoFailure) -> UInt32 {
        var error = bson_error_t()
        guard let server = mongoc_client_select_server(client, true, nil, &error) else {
            throw MongoFailure(step: .connect, error: error)
        }
        defer { mongoc_server_description_destroy(server) }
        return mongoc_server_description_id(server)
    }

    /// Runs a command in the session on that server: a cursor lives on one, and belongs to the session that it was opened in.
    fileprivate func run(_ name: String, _ command: [UInt8], pinnedTo server: UInt32) throws(MongoFailure) -> [UInt8] {
        var error = bson_error_t()
        let reply = OwnedBSON()
        let settings = try callOptions()
        settings.append("serverId", int64: Int64(server))
        let isDone = try documentView.with(command, for: .command(name)) { command in
            mongoc_client_command_with_opts(
                client, database, command, options.primary, settings.pointer, reply.pointer, &error)
        }
        if isDone { return reply.copiedBytes }
        throw reply.withBytes { MongoFailure(step: .command(name), reply: $0, error: error) }
    }
}
