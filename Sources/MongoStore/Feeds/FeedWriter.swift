internal import BSON
internal import Contracts
internal import JSON
internal import ThreadExecutors

/// Makes the results of a feed's documents durable, on a thread and connection of its own.
actor FeedWriter {
    nonisolated let lane = ThreadExecutor(named: "feed-writer")
    nonisolated var unownedExecutor: UnownedSerialExecutor { lane.asUnownedSerialExecutor() }

    /// Documents per command when a whole collection may be updated.
    private static let idsAtATime = 1000

    private let plan: FeedPlan
    private let request: FeedRequest
    private let reached: @Sendable (FaultPoint) -> Void
    private var connection: ExecutorConnection
    /// Progress of an interrupted clearing of flags, and the value it started from.
    private var takenBack: (from: BSONValue?, to: BSONValue)?

    init(of deployment: MongoDeployment, plan: FeedPlan) {
        self.plan = plan
        request = FeedRequest(plan: plan)
        reached = deployment.settings.reached
        connection = ExecutorConnection(of: deployment)
    }

    func shutDown() {
        connection.close()
        lane.stop()
    }

    // MARK: A batch

    /// Failed postings first, then the progress, if the lease is still ours, then the flags. A crash in between repeats
    /// postings with the same message-ids.
    func settle(_ settlement: FeedSettlement, lease: Lease) throws(StoreError) -> FeedSettled {
        try connection.asking { connection throws(MongoFailure) in
            if !settlement.rows.isEmpty { try put(settlement.rows, lease, on: connection) }
            if !settlement.goneRows.isEmpty {
                try remove(settlement.goneRows, lease, isOwn: false, on: connection)
            }
            reached(.beforeMark)
            guard try note(settlement.note, lease, on: connection) else {
                // Written after the lease was lost: the relay has not read these rows yet.
                if !settlement.rows.isEmpty {
                    try remove(settlement.rows.map(\.id), lease, isOwn: true, on: connection)
                }
                return FeedSettled(isOurs: false)
            }
            let markings = request.markings(of: settlement.flags)
            guard !markings.isEmpty else { return FeedSettled(isOurs: true) }
            let marked = try connection.update(plan.collection, markings)
            return FeedSettled(isOurs: true, changed: markings.count - marked)
        }
    }

    func note(_ note: FeedNote, lease: Lease) throws(StoreError) -> Bool {
        try connection.asking { connection throws(MongoFailure) in try self.note(note, lease, on: connection) }
    }

    private func note(
        _ note: FeedNote, _ lease: Lease, on connection: MongoConnection
    ) throws(MongoFailure) -> Bool {
        let filter = plan.isShared ? FeedRow.filter(name: lease.name) : FeedRow.filter(holding: lease)
        return try connection.update(
            StoreCollections.feeds, [["q": filter, "u": FeedRow.update(with: note, by: lease.holder)]]) == 1
    }

    // MARK: Rows of what failed

    /// Each replaces its document's previous row, unless that is of a later leaseholder.
    private func put(
        _ rows: [PostingRow], _ lease: Lease, on connection: MongoConnection
    ) throws(MongoFailure) {
        let updates = rows.map { row -> BSONLiteral in
            let whole = [UInt8].document { document in
                row.append(to: &document)
                document.append(Self.fence, int64: lease.token)
            }
            return ["q": Self.row(row.id) + Self.notAfter(lease), "u": .raw(whole), "upsert": true]
        }
        try connection.update(StoreCollections.postings, updates, ignoring: ServerCode.duplicateKey)
    }

    private func remove(
        _ ids: [ByteString], _ lease: Lease, isOwn: Bool, on connection: MongoConnection
    ) throws(MongoFailure) {
        let mine: BSONLiteral = isOwn ? [.name(Self.fence): .int64(lease.token)] : Self.notAfter(lease)
        let deletes = ids.map { id -> BSONLiteral in ["q": Self.row(id) + mine, "limit": 1] }
        try connection.write("delete", to: StoreCollections.postings, ["deletes": .array(deletes)])
    }

    /// Replaces the contents of rows that are still retried and returns their ids. One by one: a bulk reports only a
    /// count.
    func replace(_ rows: [PostingRow], lease: Lease) throws(StoreError) -> Set<ByteString> {
        let kept: Set<String> = [
            "target", "destination", "messageId", "type", "body", "version", "registeredAt", "headers",
        ]
        let states = BSONLiteral.states([.pending, .failed])
        return try connection.asking { connection throws(MongoFailure) in
            var replaced: Set<ByteString> = []
            for row in rows {
                let whole = [UInt8].document { row.append(to: &$0) }
                let changes = [UInt8].document { set in
                    whole.withUnsafeBytes { whole in
                        for field in BSONElements(whole) where kept.contains(field.nameText) {
                            set.append(element: field.whole)
                        }
                    }
                    set.append(Self.fence, int64: lease.token)
                }
                let update: BSONLiteral = [
                    "q": Self.row(row.id) + Self.notAfter(lease) + ["state": ["$in": states]],
                    "u": ["$set": .raw(changes)],
                ]
                if try connection.update(StoreCollections.postings, [update]) == 1 { replaced.insert(row.id) }
            }
            return replaced
        }
    }

    /// Redirects rows of other destinations to this one.
    func aim(at target: PostingTarget, lease: Lease) throws(StoreError) {
        let place = [UInt8].document { set in
            target.appendPlace(to: &set)
            set.append("nextTryAt", null: ())
            set.append(Self.fence, int64: lease.token)
        }
        let elsewhere: BSONLiteral = ["destination": ["$ne": .value(target.description)]]
        let update: BSONLiteral = [
            "q": MongoPostings.filter(ofFeed: plan.name) + elsewhere + Self.notAfter(lease),
            "u": ["$set": .raw(place)], "multi": true,
        ]
        _ = try connection.asking { connection throws(MongoFailure) in
            try connection.update(StoreCollections.postings, [update])
        }
    }

    /// As the primary has them, even where no majority has them yet: an overlooked row would let a newer version
    /// overtake the one in it, and a row that is rolled back later is found missing when it is to be replaced.
    func rowIDs() throws(StoreError) -> Set<ByteString> {
        try connection.asking { connection throws(MongoFailure) in
            let filter = MongoPostings.filter(ofFeed: plan.name)
            let found = try connection.find(filter, in: StoreCollections.postings, ["projection": .byID])
            return Set(found.ids.compactMap { $0.withElement { $0.byteString } })
        }
    }

    /// The field of a row that tells in the name of which lease it was written.
    private static let fence: StaticString = "fence"

    private static func row(_ id: ByteString) -> BSONLiteral { ["_id": .value(id)] }

    /// Rows that were not written under a later lease.
    private static func notAfter(_ lease: Lease) -> BSONLiteral {
        ["$or": [[.name(fence): ["$exists": false]], [.name(fence): ["$lte": .int64(lease.token)]]]]
    }

    // MARK: Marks

    func takeBackFlags(from value: BSONValue?) throws(StoreError) {
        guard case .flag(let flag) = plan.progress else { return }
        let order = plan.order ?? plan.versionField
        // By ranges of ids: the flag needs no index, and no command exceeds the connection's timeout.
        var last = takenBack.flatMap { $0.from == value ? $0.to : nil }
        repeat {
            last = try connection.asking { connection throws(MongoFailure) in
                let ids = try connection.idsInOrder(of: plan.collection, from: last, count: Self.idsAtATime)
                let filter = request.all(
                    ["_id": ["$in": .values(ids)]], [.field(flag): true],
                    .ifThere(value) { value in .ifThere(order) { [.field($0): ["$gte": .value(value)]] } })
                let update: BSONLiteral = ["q": filter, "u": ["$unset": [.field(flag): true]], "multi": true]
                if !ids.isEmpty { try connection.update(plan.collection, [update]) }
                return ids.count < Self.idsAtATime ? nil : ids.last
            }
            takenBack = last.map { (value, $0) }
        } while last != nil
    }
}

extension MongoConnection {
    /// `_id`s in order, starting at one of them.
    fileprivate func idsInOrder(
        of collection: String, from first: BSONValue?, count: Int
    ) throws(MongoFailure) -> [BSONValue] {
        // A comparison in a filter would leave out ids of other kinds.
        try find(
            [:], in: collection,
            [
                "sort": .byID, "projection": .byID, "hint": .byID, "min": .ifThere(first) { ["_id": .value($0)] },
                "limit": .int64(count),
            ]
        ).ids
    }
}
