package import BSON
package import Contracts

/// Queries that wait for a connection, in the order in which they came. Those that one query of the store answers are taken
/// together.
///
/// A group is read after it was taken: no query is answered with what was read before the query came.
package struct ReadQueue<Answer> {
    package struct Waiting {
        package let query: RecordQuery
        package let answer: Answer

        package init(_ query: RecordQuery, _ answer: Answer) {
            self.query = query
            self.answer = answer
        }
    }

    /// What one query of the store answers.
    package enum Group {
        /// The same query, once or several times.
        case same(RecordQuery, [Answer])
        /// Records of one collection, each by its `_id`.
        case records(collection: String, [Waiting])
    }

    /// Maximum number of queries in a group.
    package static var mostTogether: Int { 100 }
    /// How many of those that wait are searched for others that fit.
    package static var mostSearched: Int { 1000 }

    private var waiting: [Waiting] = []

    package init() {}

    package mutating func append(_ query: RecordQuery, _ answer: Answer) { waiting.append(Waiting(query, answer)) }

    /// The first query, with those behind it that are answered with it; nil if none waits.
    package mutating func take() -> Group? {
        guard let first = waiting.first?.query else { return nil }
        guard first.wantedID != nil else {
            return .same(first, split { $0.isSame(as: first) }.map(\.answer))
        }
        let group = split { $0.wantedID != nil && $0.collection == first.collection }
        guard group.count > 1 else { return .same(first, group.map(\.answer)) }
        return .records(collection: first.collection, group)
    }

    /// Takes out those that fit, at most a group.
    private mutating func split(_ fits: (RecordQuery) -> Bool) -> [Waiting] {
        var (taken, left): ([Waiting], [Waiting]) = ([], [])
        let searched = min(waiting.count, Self.mostSearched)
        for one in waiting.prefix(searched) {
            if taken.count < Self.mostTogether, fits(one.query) { taken.append(one) } else { left.append(one) }
        }
        waiting.replaceSubrange(0..<searched, with: left)
        return taken
    }
}

extension ReadQueue: Sendable where Answer: Sendable {}
extension ReadQueue.Waiting: Sendable where Answer: Sendable {}
extension ReadQueue.Group: Sendable where Answer: Sendable {}

extension RecordQuery {
    /// The text that `_id` must equal, where one record is asked for by it.
    package var wantedID: BSONValue? {
        guard limit == 1, after == nil, let id = conditions.first(where: { $0.field == "_id" })?.value,
            id.type == .string
        else { return nil }
        return id
    }

    package func isSame(as other: RecordQuery) -> Bool {
        collection == other.collection && order == other.order && isDescending == other.isDescending
            && after == other.after && limit == other.limit && conditions.count == other.conditions.count
            && zip(conditions, other.conditions).allSatisfy { $0.field == $1.field && $0.value == $1.value }
    }

    /// Whether a document meets the conditions, as far as that is plain; false does not say that the store would not take it.
    package func isPlainlyMet(by document: UnsafeRawBufferPointer) -> Bool {
        let fields = BSONElements(document)
        return conditions.allSatisfy { condition in
            guard let element = fields.first(at: FieldPath(condition.field)) else { return false }
            if let whole = element.integer, let wanted = condition.value.withElement(\.integer) {
                return whole == wanted
            }
            return BSONValue(copying: element) == condition.value
        }
    }
}
