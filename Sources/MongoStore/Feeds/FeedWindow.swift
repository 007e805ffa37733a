internal import BSON
internal import Contracts
internal import JSON

/// A window of a feed's collection in reading order, short enough for a quick answer even if few of its documents
/// match.
///
/// A selective filter returns nothing until it matches, and a query over millions of documents exceeds the connection's
/// timeout. Windows are cut by the key alone, which an index covers.
struct FeedWindow {
    /// The sort key of the feed's documents.
    enum Key {
        case id
        /// A field, within one bracket.
        case field(String)
    }

    /// Initial number of documents in a window; reduced after a timeout.
    static let most = 10_000
    private static let least = 250

    let key: Key
    /// First key of the window; nil: unbounded.
    private(set) var from: BSONValue?
    /// First key after the window; nil: unbounded.
    private(set) var to: BSONValue?
    private(set) var isLast = false

    /// Nil if the feed's order cannot be cut.
    init?(_ plan: FeedPlan, from mark: FeedCheckpoint?) {
        switch plan.progress {
        case .field("_id", _): key = .field("_id")
        case .field(let field, _): key = .field(field)
        case .flag, .snapshot:
            guard plan.order == nil || plan.order == "_id" else { return nil }
            key = .id
        }
        from = mark?.value
    }

    static func smaller(than count: Int) -> Int { max(least, count / 4) }

    /// Finds the end of this window, or of the next one.
    mutating func advance(
        in collection: String, count: Int, isFirst: Bool, on connection: MongoConnection
    ) throws(MongoFailure) {
        if !isFirst { from = to }
        var count = count
        while true {
            to = try boundary(in: collection, count: count, on: connection)
            isLast = to == nil
            // The whole window has a single value.
            guard let to, to == from else { return }
            count *= 2
        }
    }

    private func boundary(
        in collection: String, count: Int, on connection: MongoConnection
    ) throws(MongoFailure) -> BSONValue? {
        var filter: BSONLiteral = [:]
        if case .field(let field) = key, let from { filter = [.field(field): ["$gte": .value(from)]] }
        let found = try connection.find(
            filter, in: collection,
            [
                "sort": [.field(keyName): 1],
                "projection": keyName == "_id" ? .byID : [.field(keyName): 1, "_id": 0],
                "skip": .int64(count), "limit": 1,
            ] + bounds(from: from, to: nil))
        guard !found.isEmpty else { return nil }
        let path = FieldPath(keyName)
        return found.withDocument(0) { BSONElements($0).first(at: path).map { BSONValue(copying: $0) } }
    }

    /// A query's settings for this stretch, where the key is `_id`: a comparison in the filter would leave out the ids of
    /// other kinds.
    var bounds: BSONLiteral { bounds(from: from, to: to) }

    private func bounds(from: BSONValue?, to: BSONValue?) -> BSONLiteral {
        guard case .id = key else { return [:] }
        return [
            "hint": .byID, "min": .ifThere(from) { ["_id": .value($0)] }, "max": .ifThere(to) { ["_id": .value($0)] },
        ]
    }

    /// The same for a field, as a part of the filter.
    var condition: BSONLiteral {
        guard case .field(let field) = key, let to else { return .absent }
        return [.field(field): ["$gte": .ifThere(from) { .value($0) }, "$lt": .value(to)]]
    }

    private var keyName: String {
        switch key {
        case .id: "_id"
        case .field(let name): name
        }
    }
}
