internal import Documents
internal import Pipeline
internal import Records

/// How several gateways share the documents of one feed: each claims some for half a minute, by the server's clock, and the
/// claims of those who are gone expire. Pure commands on a connection that is lent.
struct FeedClaims {
    /// How long a claim holds. It is taken again with each batch, and a batch that takes longer may be published twice, under
    /// the same message-ids.
    static let lifetime = Duration.seconds(30)

    let plan: FeedPlan
    let holder: String
    /// How claimed documents are read.
    let settings: @Sendable () throws(MongoFailure) -> OwnedBSON

    /// Claims up to `count` documents that are neither published nor claimed, and returns them; empty where there are none.
    /// `window`: only there.
    func next(
        count: Int, in window: FeedWindow?, on connection: MongoConnection
    ) throws(MongoFailure) -> BSONSequence {
        let request = FeedRequest(plan: plan)
        while true {
            let ids = try free(count: count, in: window, request, on: connection)
            if ids.isEmpty { return BSONSequence() }
            let claimed = try claim(ids, request, on: connection)
            // Somebody else was faster with all of them: there may be more.
            if !claimed.isEmpty { return claimed }
        }
    }

    /// Those of the documents that could be claimed.
    func documents(_ ids: [BSONValue], on connection: MongoConnection) throws(MongoFailure) -> BSONSequence {
        try claim(ids, FeedRequest(plan: plan), on: connection)
    }

    private func free(
        count: Int, in window: FeedWindow?, _ request: FeedRequest, on connection: MongoConnection
    ) throws(MongoFailure) -> [BSONValue] {
        var found = BSONSequence()
        let settings = OwnedBSON()
        try settings.append("sort", document: request.sort)
        settings.append("limit", int64: Int64(count))
        try settings.append("projection", document: .document { $0.append("_id", int64: 1) })
        try window?.appendBounds(to: settings)
        let filter = request.all { conditions in
            conditions.append(request.filter(from: nil))
            conditions.append { Self.appendFree(&$0) }
        }
        try connection.find(in: plan.collection, filter: filter, settings: settings, into: &found)
        return found.ids
    }

    private func claim(
        _ ids: [BSONValue], _ request: FeedRequest, on connection: MongoConnection
    ) throws(MongoFailure) -> BSONSequence {
        var generator = SystemRandomNumberGenerator()
        // Each claim has a name of its own: a document claimed before is under way.
        let name = "\(holder)-\(String(generator.next(), radix: 36))"
        let filter = request.all { conditions in
            conditions.append(request.filter(ids: ids))
            conditions.append { Self.appendFree(&$0) }
        }
        var updates = BSONSequence()
        updates.appendDocument { update in
            filter.withUnsafeBytes { update.append(BSONWriter.bytes(of: "q"), type: 3, value: $0) }
            update.append(
                "u",
                array: { stages in
                    stages.append(
                        "0",
                        document: { stage in
                            stage.append("$set", document: { $0.append(claimOf: name) })
                        })
                })
            update.append("multi", bool: true)
        }
        _ = try connection.update(plan.collection, updates)
        var found = BSONSequence()
        let settings = try settings()
        try settings.append("sort", document: request.sort)
        let mine = [UInt8].document { filter in
            filter.append("_id", document: { $0.append("$in", values: ids) })
            filter.append(Array("\(FeedRequest.claim).by".utf8), value: BSONValue(string: name))
        }
        try connection.find(in: plan.collection, filter: mine, settings: settings, into: &found)
        return found
    }

    private static func appendFree(_ condition: inout BSONWriter) {
        condition.append(
            "$expr",
            document: { expression in
                expression.append(
                    "$lte",
                    array: { pair in
                        pair.append(
                            "0",
                            document: { value in
                                value.append(
                                    "$ifNull",
                                    array: { way in
                                        way.append("0", string: "$\(FeedRequest.claim).until")
                                        way.append("1", int64: 0)
                                    })
                            })
                        pair.append("1", string: "$$NOW")
                    })
            })
    }
}

extension BSONWriter {
    fileprivate mutating func append(claimOf name: String) {
        append(
            Array(FeedRequest.claim.utf8),
            document: { claim in
                claim.append("by", document: { $0.append("$literal", string: name) })
                claim.append(
                    "until",
                    document: { until in
                        until.append(
                            "$add",
                            array: { sum in
                                sum.append("0", string: "$$NOW")
                                sum.append("1", int64: FeedClaims.lifetime.milliseconds)
                            })
                    })
            })
    }
}
