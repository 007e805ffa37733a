package import Documents
internal import Records

/// Which dead letters: all conditions must hold; those left open always do.
package struct DeadLetterQuery: Sendable {
    package enum State: String, Sendable, CaseIterable {
        case open, replayed, discarded
    }

    package enum Catalog: Sendable, Equatable {
        case named(String)
        /// The letter names none: its message could not be read so far.
        case none
    }

    /// Words that stand in a letter, upper and lower case alike: in a reason's text, its id, its message-id, or a key of an
    /// item in the built-in shape.
    package struct Text: Sendable, Equatable {
        package var words: String
        /// The names of fields that are keys in some catalog.
        package var keyFields: [String]

        package init(_ words: String, keyFields: [String]) {
            self.words = words
            self.keyFields = keyFields
        }
    }

    /// Where a letter stands in the order of time.
    package struct Place: Sendable, Equatable {
        /// Milliseconds since 1970.
        package var receivedAt: Int64
        /// Among those of one millisecond.
        package var id: ByteString

        package init(receivedAt: Int64, id: ByteString) {
            self.receivedAt = receivedAt
            self.id = id
        }
    }

    package var states: Set<State> = Set(State.allCases)
    /// One of its reasons has this code.
    package var code: String?
    package var catalog: Catalog?
    package var companyId: ByteString?
    package var messageId: ByteString?
    /// Received then or later; milliseconds since 1970.
    package var since: Int64?
    /// Received before then; milliseconds since 1970.
    package var before: Int64?
    package var id: ByteString?
    package var text: Text?
    /// Only those that stand behind it.
    package var behind: Place?

    package init() {}

    /// How long the server may search: for what stands somewhere in a text it reads letter after letter.
    package static let searchTime = Duration.seconds(5)

    /// Nil where an index finds them.
    var patience: Duration? { text == nil ? nil : Self.searchTime }

    /// The filter as BSON. `state` is always in it, since the index that sorts by time begins with it.
    var filter: [UInt8] {
        .document { filter in
            if let id { filter.append("_id", string: id) }
            filter.append(
                "state",
                document: { condition in
                    condition.append(
                        "$in",
                        array: { array in
                            for (index, state) in State.allCases.filter(states.contains).enumerated() {
                                BSONWriter.withIndexName(index) { name in
                                    var text = state.rawValue
                                    text.withUTF8 { array.append(name, string: $0) }
                                }
                            }
                        })
                })
            if let code { filter.append("reasons.code", string: code) }
            switch catalog {
            case .named(let name): filter.append("catalog", string: name)
            case Catalog.none?: filter.append("catalog", null: ())
            case nil: break
            }
            if let companyId { filter.append("companyId", string: companyId) }
            if let messageId { filter.append("messageId", string: messageId) }
            if let text { Self.append(text, to: &filter) }
            appendTime(to: &filter)
        }
    }

    private func appendTime(to filter: inout BSONWriter) {
        let from = [since, behind?.receivedAt].compactMap { $0 }.max()
        if from != nil || before != nil {
            filter.append(
                "receivedAt",
                document: { range in
                    if let from { range.append("$gte", date: from) }
                    if let before { range.append("$lt", date: before) }
                })
        }
        guard let behind else { return }
        filter.append(
            "$nor",
            array: { nor in
                nor.append(
                    BSONWriter.bytes(of: "0"),
                    document: { passed in
                        passed.append("receivedAt", date: behind.receivedAt)
                        passed.append("_id", document: { $0.append("$lte", string: behind.id) })
                    })
            })
    }

    private static func append(_ text: Text, to filter: inout BSONWriter) {
        let pattern = pattern(text.words)
        let fields = ["_id", "messageId", "reasons.text"] + text.keyFields.map { "message.items." + $0 }
        filter.append(
            "$or",
            array: { or in
                for (index, field) in fields.enumerated() {
                    BSONWriter.withIndexName(index) { number in
                        or.append(
                            number,
                            document: { one in
                                var field = field
                                field.withUTF8 { name in
                                    one.append(
                                        name,
                                        document: { condition in
                                            condition.append("$regex", string: pattern)
                                            condition.append("$options", string: "i")
                                        })
                                }
                            })
                    }
                }
            })
    }

    /// A regular expression that matches these very words: whatever could be a sign of it is escaped.
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
