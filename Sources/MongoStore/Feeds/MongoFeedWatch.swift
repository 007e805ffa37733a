internal import BSON
package import Contracts
internal import JSON
internal import ThreadExecutors

/// The changes of a feed's collection, on a thread and connection of their own.
package actor MongoFeedWatch: FeedWatch {
    nonisolated let lane = ThreadExecutor(named: "feed-watch")
    package nonisolated var unownedExecutor: UnownedSerialExecutor { lane.asUnownedSerialExecutor() }

    private let deployment: MongoDeployment
    private let plan: FeedPlan
    private var connection: ExecutorConnection
    private var stream: ChangeStream
    /// Changes received with the opening.
    private var ahead: [BSONValue] = []
    /// Why the next ``open(after:)`` cannot resume.
    private var lostReason: String?

    init(of deployment: MongoDeployment, plan: FeedPlan) {
        self.deployment = deployment
        self.plan = plan
        connection = ExecutorConnection(of: deployment)
        stream = ChangeStream(of: plan.collection)
    }

    package nonisolated func close() async {
        _ = await finished(within: deployment.settings.closePatience) { await self.shutDown() }
    }

    private func shutDown() {
        endCursor()
        connection.close()
        lane.stop()
    }

    // MARK: Opening

    package func open(after token: [UInt8]?) throws(StoreError) -> FeedWatchStart {
        endCursor()
        if token != nil, let lostReason {
            self.lostReason = nil
            return .tokenLost(lostReason)
        }
        lostReason = nil
        do throws(MongoFailure) {
            var changes = Changes()
            try connection.using { connection throws(MongoFailure) in
                try stream.open(stages, from: token.map { .after(token: $0) } ?? .now, on: connection) {
                    changes.add($0)
                }
            }
            // When resuming, the first reply may already contain changes.
            ahead = changes.ids
            return .opened(token: token ?? stream.token)
        } catch {
            // A retry with the same token would fail again.
            if token != nil, error.origin == .server, error.verdict != .unavailable {
                return .tokenLost("code \(error.code)")
            }
            throw error.storeError
        }
    }

    private var stages: [BSONLiteral] {
        [
            ["$match": ["operationType": ["$in": ["insert", "update", "replace"]]] + notOurMarks],
            ["$project": ["documentKey": 1]],
        ]
    }

    private var notOurMarks: BSONLiteral {
        guard case .flag(let flag) = plan.progress else { return [:] }
        return [.field("updateDescription.updatedFields.\(flag)"): ["$ne": true]]
    }

    // MARK: Going on

    package func next(atMost limit: Duration) throws(StoreError) -> FeedChanges {
        guard stream.isOpen else {
            throw StoreError(
                kind: .unavailable, code: 0, message: "the change stream of '\(plan.collection)' is closed")
        }
        if !ahead.isEmpty {
            defer { ahead = [] }
            return FeedChanges(ids: ahead, token: stream.token)
        }
        do throws(MongoFailure) {
            var changes = Changes()
            try connection.using { connection throws(MongoFailure) in
                try stream.next(atMost: limit, on: connection) { changes.add($0) }
            }
            if !stream.isOpen { lostReason = "the collection was dropped or renamed" }
            return FeedChanges(ids: changes.ids, token: stream.token)
        } catch {
            if ChangeStream.isLost(error) { lostReason = "code \(error.code)" }
            throw ChangeStream.isGone(error) ? error.storeError(.unavailable) : error.storeError
        }
    }

    /// Ids of the changed documents, without duplicates.
    private struct Changes {
        private(set) var ids: [BSONValue] = []
        private var seen: Set<BSONValue> = []

        mutating func add(_ event: BSONElements) {
            let key = event.first(named: "documentKey")?.elements?.first(named: "_id")
            guard let id = key.map({ BSONValue(copying: $0) }), seen.insert(id).inserted else { return }
            ids.append(id)
        }
    }

    private func endCursor() {
        guard stream.isOpen else { return }
        _ = try? connection.using { connection throws(MongoFailure) in stream.close(on: connection) }
    }
}
