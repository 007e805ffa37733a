internal import BSON
internal import Contracts
internal import JSON

/// What is asked of a feed's collection. Pure.
struct FeedRequest {
    /// Field of a claim in a shared document.
    static let claim = FeedPlan.claimField

    let plan: FeedPlan

    // MARK: Which documents

    /// Those of a run. `stretch`: a condition for a part of them.
    func filter(from mark: FeedCheckpoint?, and stretch: BSONLiteral = .absent) -> BSONLiteral {
        guard case .field(let field, _) = plan.progress else { return all(stretch, notFlagged) }
        return all(
            stretch, .ifThere(mark) { Self.behind($0, in: field) }, [.field(field): ["$not": ["$type": "array"]]])
    }

    /// Those of `ids` that are for this feed and not marked.
    func filter(ids: [BSONValue]) -> BSONLiteral { all(["_id": ["$in": .values(ids)]], notFlagged) }

    /// Those whose value is of none of the types that `bracket` stands for.
    func filterOutOfOrder(_ bracket: Bracket, field: String) -> BSONLiteral {
        all([
            "$or": [
                [.field(field): ["$not": ["$type": .value(bracket.typeName)]]],
                [.field(field): ["$type": "array"]],
                [.field(field): .double(.nan)],
            ]
        ])
    }

    private var notFlagged: BSONLiteral {
        guard case .flag(let flag) = plan.progress else { return .absent }
        return [.field(flag): ["$ne": true]]
    }

    /// Documents that are behind the mark in the order of a field.
    private static func behind(_ mark: FeedCheckpoint, in field: String) -> BSONLiteral {
        guard let id = mark.id else { return [.field(field): ["$gte": .value(mark.value)]] }
        return [
            "$or": [
                [.field(field): ["$gt": .value(mark.value)]],
                [.field(field): ["$eq": .value(mark.value)], "_id": ["$gt": .value(id)]],
            ]
        ]
    }

    /// Those that the feed's filter and all of the conditions take.
    func all(_ conditions: BSONLiteral...) -> BSONLiteral { ["$and": .array([.raw(plan.filter)] + conditions)] }

    // MARK: In which order

    var sort: BSONLiteral { (sortKey.map { [.field($0): 1] } ?? [:]) + .byID }

    /// The field that precedes `_id` in the sort order; nil if none.
    var sortKey: String? {
        let first: String? = if case .field(let field, _) = plan.progress { field } else { plan.order }
        return first == "_id" ? nil : first
    }

    // MARK: Marks in documents

    /// The `updates` of a command that marks the documents as published, each as it was read: one that has changed since
    /// stays unmarked, and is read again.
    func markings(of documents: BSONSequence) -> [BSONLiteral] {
        guard case .flag(let flag) = plan.progress else { return [] }
        let change: BSONLiteral = [
            "$set": [.field(flag): true], "$unset": plan.isShared ? [.field(Self.claim): true] : .absent,
        ]
        return (0..<documents.count).map { index in
            documents.withDocument(index) { ["q": unchanged($0), "u": change] }
        }
    }

    /// Finds the document where it is as it was.
    private func unchanged(_ document: UnsafeRawBufferPointer) -> BSONLiteral {
        let fields = BSONElements(document)
        let id: BSONLiteral = ["_id": .ifThere(fields.first(named: "_id")) { .value(BSONValue(copying: $0)) }]
        guard let version = plan.versionField else { return id + unchangedAsAWhole(document) }
        guard let found = fields.first(at: FieldPath(version)) else {
            return id + [.field(version): ["$exists": false]]
        }
        return id + [.field(version): ["$eq": .value(BSONValue(copying: found))]]
    }

    /// Where no field tells one version from another, all of the document does.
    private func unchangedAsAWhole(_ document: UnsafeRawBufferPointer) -> BSONLiteral {
        guard plan.isShared else { return ["$expr": ["$eq": ["$$ROOT", ["$literal": .raw(Array(document))]]]] }
        let copy = [UInt8].document { copy in
            for element in BSONElements(document) where element.nameText != Self.claim {
                copy.append(element: element.whole)
            }
        }
        let current: BSONLiteral = ["$unsetField": ["field": .value(Self.claim), "input": "$$ROOT"]]
        return ["$expr": ["$eq": [current, ["$literal": .raw(copy)]]]]
    }
}
