internal import Documents
internal import Pipeline
internal import Records

/// A stretch of a feed's collection in the order in which it is read, so short that the server answers for it in a moment,
/// however few of its documents are for the feed: how a collection is read whose documents cannot be asked for in one go.
///
/// A query with a filter that few documents meet says nothing until it has met one, and one over millions is longer than a
/// connection waits. Stretches are cut by the key alone, which an index answers.
struct FeedWindow {
    /// What a feed's documents are in the order of.
    enum Key {
        case id
        /// Of one kind of value.
        case field(String)
    }

    /// Documents of a stretch at first. After one that took too long they are fewer.
    static let most = 10_000
    private static let least = 250

    let key: Key
    /// The first key in the stretch; nil: the first there is.
    private(set) var from: BSONValue?
    /// The first key behind it; nil: there is none.
    private(set) var to: BSONValue?
    private(set) var isLast = false

    /// Nil where the feed's documents are in an order that cannot be cut.
    init?(_ plan: FeedPlan, from mark: FeedMark?) {
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

    /// Finds the end of this stretch, or of the next one.
    mutating func advance(
        in collection: String, count: Int, isFirst: Bool, on connection: MongoConnection
    ) throws(MongoFailure) {
        if !isFirst { from = to }
        var count = count
        while true {
            to = try boundary(in: collection, count: count, on: connection)
            isLast = to == nil
            // All of the stretch has one and the same value.
            guard let to, to == from else { return }
            count *= 2
        }
    }

    private func boundary(
        in collection: String, count: Int, on connection: MongoConnection
    ) throws(MongoFailure) -> BSONValue? {
        let settings = OwnedBSON()
        let name = keyName
        try settings.append("sort", document: .document { $0.append(name, int64: 1) })
        try settings.append(
            "projection",
            document: .document { fields in
                fields.append(name, int64: 1)
                if case .field = key, name != Array("_id".utf8) { fields.append("_id", int64: 0) }
            })
        settings.append("skip", int64: Int64(count))
        settings.append("limit", int64: 1)
        try appendBounds(to: settings, from: from, to: nil)
        var filter = [UInt8].emptyDocument
        if case .field = key, let from {
            filter = .document { $0.append(name, document: { $0.append("$gte", value: from) }) }
        }
        var found = BSONSequence()
        try connection.find(in: collection, filter: filter, settings: settings, into: &found)
        guard !found.isEmpty else { return nil }
        let path = FieldPath(String(decoding: name, as: UTF8.self))
        return found.withDocument(0) { BSONElements($0).first(at: path).map { BSONValue(copying: $0) } }
    }

    /// A query's settings for this stretch, where the key is `_id`: a comparison in the filter would leave out the ids of
    /// other kinds.
    func appendBounds(to settings: borrowing OwnedBSON) throws(MongoFailure) {
        try appendBounds(to: settings, from: from, to: to)
    }

    private func appendBounds(
        to settings: borrowing OwnedBSON, from: BSONValue?, to: BSONValue?
    ) throws(MongoFailure) {
        guard case .id = key else { return }
        try settings.append("hint", document: .document { $0.append("_id", int64: 1) })
        if let from { try settings.append("min", document: .document { $0.append("_id", value: from) }) }
        if let to { try settings.append("max", document: .document { $0.append("_id", value: to) }) }
    }

    /// The same for a field, as a part of the filter; nil where there is nothing to say.
    var condition: [UInt8]? {
        guard case .field = key, let to else { return nil }
        let (name, from) = (keyName, from)
        return .document { condition in
            condition.append(
                name,
                document: { range in
                    if let from { range.append("$gte", value: from) }
                    range.append("$lt", value: to)
                })
        }
    }

    private var keyName: [UInt8] {
        switch key {
        case .id: Array("_id".utf8)
        case .field(let name): Array(name.utf8)
        }
    }
}
