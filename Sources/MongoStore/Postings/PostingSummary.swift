internal import BSON
internal import Contracts

/// Summary of the postings of one route or feed to one destination: counts, first failure and reason.
package struct PostingSummary: Sendable, Equatable {
    package var name: String
    package var destination: String
    package var pending: Int
    package var failed: Int
    package var stuck: Int
    /// Time of the first failure, in milliseconds since 1970; nil if none.
    package var failedSince: Int64?
    package var reason: String?

    /// Maximum number of rows reported.
    private static let limit = 200

    /// Those that failed, with the reason.
    static let failedOnes: BSONLiteral = [
        anywhere(["state": ["$in": .states([.failed, .stuck])]]),
        [
            "$group": [
                "_id": group, "failed": count(of: .failed), "stuck": count(of: .stuck),
                "failedSince": ["$min": "$failedSince"], "reason": ["$max": "$reason"],
            ]
        ],
        ["$sort": ["failed": -1, "stuck": -1, "failedSince": 1, "_id": 1]],
        ["$limit": .int64(limit)],
    ]

    /// Those that were not tried yet: many where a destination is unavailable, so by what is in the index alone.
    static let pendingOnes: BSONLiteral = [
        anywhere(["state": .value(PostingRow.State.pending.rawValue)]),
        ["$group": ["_id": group, "pending": ["$sum": 1]]],
        ["$sort": ["pending": -1, "_id": 1]],
        ["$limit": .int64(limit)],
    ]

    /// A stage for any destination: without naming it the server does not use what the index knows of states.
    private static func anywhere(_ condition: BSONLiteral) -> BSONLiteral {
        ["$match": ["destination": ["$gte": ""]] + condition]
    }

    private static let group: BSONLiteral = ["name": "$name", "destination": "$destination"]

    private static func count(of state: PostingRow.State) -> BSONLiteral {
        ["$sum": ["$cond": [["$eq": ["$state", .value(state.rawValue)]], 1, 0]]]
    }

    /// Merges both lists: failed ones in order, then those without failures.
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
