internal import Pipeline
internal import Records

/// Postings of one route or feed to one destination: how many wait, how many failed, since when and why.
package struct PostingSummary: Sendable, Equatable {
    package var name: String
    package var destination: String
    package var pending: Int
    package var failed: Int
    package var stuck: Int
    /// Milliseconds since 1970 of the first failure; nil where there is none.
    package var failedSince: Int64?
    package var reason: String?

    /// As many as are told.
    private static let limit = 200

    /// Those that failed, with the reason.
    static func appendFailed(_ stages: inout BSONWriter) {
        let states: [PostingRow.State] = [.failed, .stuck]
        stages.append(
            "0",
            document: { stage in
                stage.append(
                    "$match",
                    document: { match in
                        appendAnywhere(&match)
                        match.append(
                            "state",
                            document: { $0.append("$in", values: states.map { BSONValue(string: $0.rawValue) }) })
                    })
            })
        stages.append(
            "1",
            document: { stage in
                stage.append(
                    "$group",
                    document: { group in
                        appendID(&group)
                        for state in states { appendCount(of: state, &group) }
                        group.append("failedSince", document: { $0.append("$min", string: "$failedSince") })
                        group.append("reason", document: { $0.append("$max", string: "$reason") })
                    })
            })
        stages.append(
            "2",
            document: { stage in
                stage.append(
                    "$sort",
                    document: { sort in
                        sort.append("failed", int64: -1)
                        sort.append("stuck", int64: -1)
                        sort.append("failedSince", int64: 1)
                        sort.append("_id", int64: 1)
                    })
            })
        stages.append("3", document: { $0.append("$limit", int64: Int64(limit)) })
    }

    /// Those that nobody has tried yet: many where a destination is away, so by what is in the index alone.
    static func appendPending(_ stages: inout BSONWriter) {
        stages.append(
            "0",
            document: { stage in
                stage.append(
                    "$match",
                    document: { match in
                        appendAnywhere(&match)
                        match.append("state", string: PostingRow.State.pending.rawValue)
                    })
            })
        stages.append(
            "1",
            document: { stage in
                stage.append(
                    "$group",
                    document: { group in
                        appendID(&group)
                        group.append("pending", document: { $0.append("$sum", int64: 1) })
                    })
            })
        stages.append(
            "2",
            document: { stage in
                stage.append(
                    "$sort",
                    document: { sort in
                        sort.append("pending", int64: -1)
                        sort.append("_id", int64: 1)
                    })
            })
        stages.append("3", document: { $0.append("$limit", int64: Int64(limit)) })
    }

    /// Any destination: without it the server does not use what the index knows of states.
    private static func appendAnywhere(_ match: inout BSONWriter) {
        match.append("destination", document: { $0.append("$gte", string: "") })
    }

    private static func appendID(_ group: inout BSONWriter) {
        group.append(
            "_id",
            document: { id in
                id.append("name", string: "$name")
                id.append("destination", string: "$destination")
            })
    }

    /// Both lists as one: those that failed, in their order, then those of which nothing did.
    static func merged(_ failed: [PostingSummary], _ pending: [PostingSummary]) -> [PostingSummary] {
        var all = failed
        for group in pending {
            if let index = failed.firstIndex(where: { $0.name == group.name && $0.destination == group.destination }) {
                all[index].pending = group.pending
            } else {
                all.append(group)
            }
        }
        return Array(all.prefix(limit))
    }

    /// `pending: {$sum: {$cond: [{$eq: ["$state", "pending"]}, 1, 0]}}`
    private static func appendCount(of state: PostingRow.State, _ group: inout BSONWriter) {
        func sum(_ inner: inout BSONWriter) {
            inner.append(
                "$sum",
                document: { sum in
                    sum.append(
                        "$cond",
                        array: { cond in
                            cond.append(
                                "0",
                                document: { equal in
                                    equal.append(
                                        "$eq",
                                        array: { pair in
                                            pair.append("0", string: "$state")
                                            pair.append("1", string: state.rawValue)
                                        })
                                })
                            cond.append("1", int64: 1)
                            cond.append("2", int64: 0)
                        })
                })
        }
        switch state {
        case .pending: group.append("pending", document: sum)
        case .failed: group.append("failed", document: sum)
        case .stuck: group.append("stuck", document: sum)
        }
    }

    init?(bson document: UnsafeRawBufferPointer) {
        let fields = BSONElements(document)
        guard let id = fields.first(named: "_id")?.elements else { return nil }
        name = id.first(named: "name")?.text ?? ""
        destination = id.first(named: "destination")?.text ?? ""
        pending = Int(fields.first(named: "pending")?.integer ?? 0)
        failed = Int(fields.first(named: "failed")?.integer ?? 0)
        stuck = Int(fields.first(named: "stuck")?.integer ?? 0)
        failedSince = fields.first(named: "failedSince")?.date
        reason = fields.first(named: "reason")?.text
    }
}
