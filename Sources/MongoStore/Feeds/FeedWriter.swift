internal import Documents
internal import Lanes
internal import Pipeline
internal import Records

/// Makes durable what became of a feed's documents, on a thread and a connection of its own.
actor FeedWriter {
    nonisolated let lane = Lane(named: "feed-writer")
    nonisolated var unownedExecutor: UnownedSerialExecutor { lane.asUnownedSerialExecutor() }

    /// Documents of one command where all of a collection may have to be changed.
    private static let idsAtATime = 1000

    private let plan: FeedPlan
    private let request: FeedRequest
    private let reached: @Sendable (Checkpoint) -> Void
    private var connection: LaneConnection
    /// How far the flags have been taken back by an order that an error has interrupted, and from which value on.
    private var takenBack: (from: BSONValue?, to: BSONValue)?

    init(of deployment: MongoDeployment, plan: FeedPlan) {
        self.plan = plan
        request = FeedRequest(plan: plan)
        reached = deployment.settings.reached
        connection = LaneConnection(of: deployment)
    }

    func shutDown() {
        connection.close()
        lane.stop()
    }

    // MARK: A batch

    /// First what keeps a failed posting from being lost, then the progress, if the lease is still ours, then the marks. A
    /// crash in between repeats, under the same message-ids.
    func settle(_ settlement: FeedSettlement, lease: Lease) throws(StoreError) -> FeedSettled {
        try connection.asking { connection throws(MongoFailure) in
            if !settlement.rows.isEmpty { try put(settlement.rows, lease, on: connection) }
            if !settlement.goneRows.isEmpty {
                try remove(settlement.goneRows, lease, isOwn: false, on: connection)
            }
            reached(.beforeMark)
            guard try note(settlement.note, lease, on: connection) else {
                // Written by one who had no right to any more: the courier has let these rows alone so far.
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
        var updates = BSONSequence()
        updates.appendDocument { update in
            update.append(
                "q",
                document: { filter in
                    if plan.isShared { filter.append("_id", string: lease.name) } else { filter.append(own: lease) }
                })
            update.append(
                "u",
                document: { change in
                    change.append(
                        "$set",
                        document: { set in
                            note.append(to: &set)
                            // Without a field that is set the server takes it for a mistake.
                            set.append("notedBy", string: lease.holder)
                        })
                })
        }
        return try connection.update(GatewayCollection.feeds, updates) == 1
    }

    // MARK: Rows of what failed

    /// Each in place of the one that its document had, unless that is of a later holder.
    private func put(
        _ rows: [PostingRow], _ lease: Lease, on connection: MongoConnection
    ) throws(MongoFailure) {
        var updates = BSONSequence()
        for row in rows {
            updates.appendDocument { update in
                update.append("q", document: { $0.append(row: row.id, notAfter: lease) })
                update.append(
                    "u",
                    document: { document in
                        row.append(to: &document)
                        document.append(BSONWriter.fence, int64: lease.token)
                    })
                update.append("upsert", bool: true)
            }
        }
        _ = try connection.update(StoreNames.postings, updates, ignoring: ServerCode.duplicateKey)
    }

    private func remove(
        _ ids: [ByteString], _ lease: Lease, isOwn: Bool, on connection: MongoConnection
    ) throws(MongoFailure) {
        var deletes = BSONSequence()
        for id in ids {
            deletes.appendDocument { delete in
                delete.append(
                    "q",
                    document: { filter in
                        if isOwn {
                            filter.append("_id", string: id)
                            filter.append(BSONWriter.fence, int64: lease.token)
                        } else {
                            filter.append(row: id, notAfter: lease)
                        }
                    })
                delete.append("limit", int64: 1)
            }
        }
        try connection.write("delete", to: StoreNames.postings) { $0.append("deletes", documents: deletes) }
    }

    /// Gives those rows that are still to be tried a newer version, and says which they were. One by one: a command of many
    /// says only how many it found.
    func replace(_ rows: [PostingRow], lease: Lease) throws(StoreError) -> Set<ByteString> {
        let kept: Set<String> = [
            "target", "destination", "messageId", "type", "body", "version", "registeredAt", "headers",
        ]
        return try connection.asking { connection throws(MongoFailure) in
            var replaced: Set<ByteString> = []
            for row in rows {
                let whole = [UInt8].document { row.append(to: &$0) }
                var updates = BSONSequence()
                updates.appendDocument { update in
                    update.append(
                        "q",
                        document: { filter in
                            filter.append(row: row.id, notAfter: lease)
                            filter.append(
                                "state",
                                document: { state in
                                    let open: [PostingRow.State] = [.pending, .failed]
                                    state.append("$in", values: open.map { BSONValue(string: $0.rawValue) })
                                })
                        })
                    update.append(
                        "u",
                        document: { change in
                            change.append(
                                "$set",
                                document: { set in
                                    whole.withUnsafeBytes { whole in
                                        for field in BSONElements(whole) where kept.contains(field.nameText) {
                                            set.append(element: field.whole)
                                        }
                                    }
                                    set.append(BSONWriter.fence, int64: lease.token)
                                })
                        })
                }
                if try connection.update(StoreNames.postings, updates) == 1 { replaced.insert(row.id) }
            }
            return replaced
        }
    }

    /// Rows of another destination go to this one, and soon.
    func aim(at target: PostingTarget, lease: Lease) throws(StoreError) {
        var updates = BSONSequence()
        updates.appendDocument { update in
            update.append(
                "q",
                document: { filter in
                    appendRows(to: &filter)
                    filter.append("destination", document: { $0.append("$ne", string: target.description) })
                    filter.append(notAfter: lease)
                })
            update.append(
                "u",
                document: { change in
                    change.append(
                        "$set",
                        document: { set in
                            target.appendPlace(to: &set)
                            set.append("nextTryAt", null: ())
                            set.append(BSONWriter.fence, int64: lease.token)
                        })
                })
            update.append("multi", bool: true)
        }
        _ = try connection.asking { connection throws(MongoFailure) in
            try connection.update(StoreNames.postings, updates)
        }
    }

    /// All rows of the feed.
    private func appendRows(to filter: inout BSONWriter) {
        filter.append(
            "_id",
            document: { range in
                range.append("$gte", string: "feed:\(plan.name):")
                // The sign behind the colon.
                range.append("$lt", string: "feed:\(plan.name);")
            })
    }

    /// As the primary has them, whatever of it a majority has: a row that is overlooked would let a newer version overtake the
    /// one in it, and one that is rolled back later is found gone by those who want to replace it.
    func rowIDs() throws(StoreError) -> Set<ByteString> {
        let filter = [UInt8].document { appendRows(to: &$0) }
        return try connection.asking { connection throws(MongoFailure) in
            var found = BSONSequence()
            let settings = OwnedBSON()
            try settings.append("projection", document: .document { $0.append("_id", int64: 1) })
            try connection.find(in: StoreNames.postings, filter: filter, settings: settings, into: &found)
            return Set(found.ids.compactMap { $0.withElement { $0.byteString } })
        }
    }

    // MARK: Marks

    func takeBackFlags(from value: BSONValue?) throws(StoreError) {
        guard case .flag(let flag) = plan.progress else { return }
        let order = plan.order ?? plan.versionField
        // By stretches of ids: no index need know the flag, and no command is longer than a connection waits.
        var last = takenBack.flatMap { $0.from == value ? $0.to : nil }
        repeat {
            last = try connection.asking { connection throws(MongoFailure) in
                let ids = try connection.idsInOrder(of: plan.collection, from: last, count: Self.idsAtATime)
                let filter = request.all { conditions in
                    conditions.append { $0.append("_id", document: { $0.append("$in", values: ids) }) }
                    conditions.append { $0.append(Array(flag.utf8), value: BSONValue(bool: true)) }
                    if let value, let order {
                        conditions.append { condition in
                            condition.append(Array(order.utf8), document: { $0.append("$gte", value: value) })
                        }
                    }
                }
                var updates = BSONSequence()
                updates.appendDocument { update in
                    filter.withUnsafeBytes { update.append(BSONWriter.bytes(of: "q"), type: 3, value: $0) }
                    update.append(
                        "u",
                        document: { change in
                            change.append("$unset", document: { $0.append(Array(flag.utf8), bool: true) })
                        })
                    update.append("multi", bool: true)
                }
                if !ids.isEmpty { _ = try connection.update(plan.collection, updates) }
                return ids.count < Self.idsAtATime ? nil : ids.last
            }
            takenBack = last.map { (value, $0) }
        } while last != nil
    }
}

extension MongoConnection {
    /// `_id`s in their order, from one of them on.
    fileprivate func idsInOrder(
        of collection: String, from first: BSONValue?, count: Int
    ) throws(MongoFailure) -> [BSONValue] {
        let settings = OwnedBSON()
        let byID = [UInt8].document { $0.append("_id", int64: 1) }
        try settings.append("sort", document: byID)
        try settings.append("projection", document: byID)
        // A comparison in a filter would leave out ids of other kinds.
        try settings.append("hint", document: byID)
        if let first { try settings.append("min", document: .document { $0.append("_id", value: first) }) }
        settings.append("limit", int64: Int64(count))
        var found = BSONSequence()
        try find(in: collection, filter: .emptyDocument, settings: settings, into: &found)
        return found.ids
    }
}

extension BSONWriter {
    /// The field of a row that tells in the name of which lease it was written.
    fileprivate static let fence: StaticString = "fence"

    /// Finds a row that nobody has written in the name of a later lease.
    fileprivate mutating func append(row id: ByteString, notAfter lease: Lease) {
        append("_id", string: id)
        append(notAfter: lease)
    }

    /// Finds what nobody has written in the name of a later lease.
    fileprivate mutating func append(notAfter lease: Lease) {
        append(
            "$or",
            array: { ways in
                ways.append(
                    "0",
                    document: { way in
                        way.append(Self.fence, document: { $0.append(BSONWriter.bytes(of: "$exists"), bool: false) })
                    })
                ways.append(
                    "1",
                    document: { way in way.append(Self.fence, document: { $0.append("$lte", int64: lease.token) }) })
            })
    }
}
