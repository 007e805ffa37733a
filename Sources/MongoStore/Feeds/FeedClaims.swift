internal import BSON
internal import Contracts
internal import JSON

/// Lets several gateways share the documents of a feed: each claims some for half a minute, by the server's clock;
/// claims of dead gateways expire. Pure commands on a borrowed connection.
struct FeedClaims {
    /// Lifetime of a claim, renewed with each batch. A batch that takes longer may be published twice, with the same
    /// message-ids.
    static let lifetime = Duration.seconds(30)

    let plan: FeedPlan
    let holder: String
    /// How claimed documents are read.
    let readConcern: @Sendable () -> BSONLiteral

    /// Claims up to `count` unpublished, unclaimed documents and returns them; empty if there are none. `window`:
    /// restricts the range.
    func next(
        count: Int, in window: FeedWindow?, on connection: MongoConnection
    ) throws(MongoFailure) -> BSONSequence {
        let request = FeedRequest(plan: plan)
        while true {
            let ids = try free(count: count, in: window, request, on: connection)
            if ids.isEmpty { return BSONSequence() }
            let claimed = try claim(ids, request, on: connection)
            // Others were faster with all of them: there may be more.
            if !claimed.isEmpty { return claimed }
        }
    }

    /// Claims the given documents; returns those that could be claimed.
    func documents(_ ids: [BSONValue], on connection: MongoConnection) throws(MongoFailure) -> BSONSequence {
        try claim(ids, FeedRequest(plan: plan), on: connection)
    }

    private func free(
        count: Int, in window: FeedWindow?, _ request: FeedRequest, on connection: MongoConnection
    ) throws(MongoFailure) -> [BSONValue] {
        try connection.find(
            request.all(request.filter(from: nil), Self.isFree), in: plan.collection,
            ["sort": request.sort, "limit": .int64(count), "projection": .byID] + (window?.bounds ?? [:])
        ).ids
    }

    private func claim(
        _ ids: [BSONValue], _ request: FeedRequest, on connection: MongoConnection
    ) throws(MongoFailure) -> BSONSequence {
        var generator = SystemRandomNumberGenerator()
        // Each claim has a unique name: documents of an earlier one are in flight.
        let name = "\(holder)-\(String(generator.next(), radix: 36))"
        try connection.update(
            plan.collection,
            [
                [
                    "q": request.all(request.filter(ids: ids), Self.isFree),
                    "u": [["$set": [.field(FeedRequest.claim): Self.claim(of: name)]]], "multi": true,
                ]
            ])
        return try connection.find(
            ["_id": ["$in": .values(ids)], .field("\(FeedRequest.claim).by"): .value(name)], in: plan.collection,
            ["readConcern": readConcern(), "sort": request.sort])
    }

    /// A document without a claim, or whose claim is over by the server's clock.
    private static let isFree: BSONLiteral = [
        "$expr": ["$lte": [["$ifNull": [.path("\(FeedRequest.claim).until"), 0]], "$$NOW"]]
    ]

    private static func claim(of name: String) -> BSONLiteral {
        ["by": .value(name), "until": ["$add": ["$$NOW", .int64(lifetime.milliseconds)]]]
    }
}
