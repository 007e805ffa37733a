internal import BSON
package import Contracts
package import JSON

/// A filter of dead letters: all given conditions must hold.
package struct DeadLetterQuery: Sendable {
    package enum Catalog: Sendable, Equatable {
        case named(String)
        /// Without a catalog: its message could not be read so far.
        case none
    }

    /// Case-insensitive text search: in a reason's text, the id, the message-id, or an item's key (built-in shape).
    package struct Text: Sendable, Equatable {
        package var words: String
        /// Names of all catalogs' key fields.
        package var keyFields: [String]

        package init(_ words: String, keyFields: [String]) {
            self.words = words
            self.keyFields = keyFields
        }
    }

    /// Position of a dead letter in time order.
    package struct Place: Sendable, Equatable {
        /// Milliseconds since 1970.
        package var receivedAt: Int64
        /// Tie-breaker within one millisecond.
        package var id: ByteString

        package init(receivedAt: Int64, id: ByteString) {
            self.receivedAt = receivedAt
            self.id = id
        }
    }

    package var states: Set<DeadLetterState> = Set(DeadLetterState.allCases)
    /// Each of these codes is that of one of its reasons.
    package var codes: [String] = []
    package var catalog: Catalog?
    package var companyId: ByteString?
    /// Of one of these, unless empty.
    package var messageIds: [ByteString] = []
    /// Received at or after; milliseconds since 1970.
    package var since: Int64?
    /// Received before; milliseconds since 1970.
    package var before: Int64?
    package var id: ByteString?
    package var text: Text?
    /// Only those after this position.
    package var behind: Place?

    package init() {}

    /// Time limit of a text search, which scans documents.
    package static let searchTime = Duration.seconds(5)

    /// Nil for indexed queries.
    var patience: Duration? { text == nil ? nil : Self.searchTime }

    /// `state` is always in it, since the index that sorts by time begins with it.
    var filter: BSONLiteral {
        let from = [since, behind?.receivedAt].compactMap { $0 }.max()
        let isTimed = from != nil || before != nil
        let named: BSONLiteral =
            switch catalog {
            case .named(let name): .value(name)
            case Catalog.none?: nil
            case nil: .absent
            }
        return [
            "_id": .ifThere(id) { .value($0) },
            "state": ["$in": .array(DeadLetterState.allCases.filter(states.contains).map { .value($0.rawValue) })],
            "reasons.code": codes.isEmpty ? .absent : ["$all": .array(codes.map { .value($0) })],
            "catalog": named,
            "companyId": .ifThere(companyId) { .value($0) },
            "messageId": messageIds.isEmpty ? .absent : ["$in": .array(messageIds.map { .value($0) })],
            "$or": .ifThere(text) { $0.anywhere },
            "receivedAt": isTimed
                ? ["$gte": .ifThere(from) { .date($0) }, "$lt": .ifThere(before) { .date($0) }] : .absent,
            "$nor": .ifThere(behind) { [["receivedAt": .date($0.receivedAt), "_id": ["$lte": .value($0.id)]]] },
        ]
    }

    /// A regular expression that matches these words literally.
    static func pattern(_ words: String) -> String {
        var pattern = ""
        for scalar in words.unicodeScalars {
            switch scalar {
            case "\\", ".", "+", "*", "?", "[", "^", "]", "$", "(", ")", "{", "}", "=", "!", "<", ">", "|", ":", "-",
                "#",
                "/":
                pattern += "\\"
            default: break
            }
            pattern.unicodeScalars.append(scalar)
        }
        return pattern
    }
}

extension DeadLetterQuery.Text {
    /// The words, in one of the fields of a letter.
    fileprivate var anywhere: BSONLiteral {
        let words: BSONLiteral = ["$regex": .value(DeadLetterQuery.pattern(words)), "$options": "i"]
        return .array(
            [["_id": words], ["messageId": words], ["reasons.text": words]]
                + keyFields.map { [.field("message.items.\($0)"): words] })
    }
}
