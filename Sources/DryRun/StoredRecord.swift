internal import BSON
package import JSON
internal import Schemas

/// A record as a route leaves it in the store: with types, which JSON does not show.
package struct StoredRecord: Sendable {
    private let document: [UInt8]

    init(_ document: [UInt8]) { self.document = document }

    /// As JSON, without types.
    var text: String { document.withUnsafeBytes { BSONText.text(document: $0) } }

    /// Differences from an expected record, one line each. A plain value is compared as JSON; `{ $decimal: 12.50 }` and
    /// its like only with a value of that type. `_id` counts only if it is expected.
    func differences(from expected: String, what: String) -> [String] {
        guard let wanted = try? JSONParser().parse(expected) else {
            return ["\(what): expected \(expected), found \(text)"]
        }
        var lines: [String] = []
        document.withUnsafeBytes { bytes in
            wanted.withRoot { root in
                if root.isObject {
                    Self.compare(root, BSONElements(bytes), what, ignoring: ["_id"], &lines)
                } else {
                    lines.append("\(what): expected \(expected), found \(text)")
                }
            }
        }
        return lines
    }

    /// As JSON for a test file: with a type where the expected record has one, without `_id` where it has none.
    package func text(like expected: JSONNode?) -> String {
        document.withUnsafeBytes { bytes in
            Self.text(BSONElements(bytes).filter { !$0.isNamed("_id") || expected?["_id"] != nil }, like: expected)
        }
    }

    // MARK: Comparing

    private static func compare(
        _ expected: JSONNode, _ found: BSONElements, _ place: String, ignoring: Set<String>, _ lines: inout [String]
    ) {
        for (name, value) in expected.members {
            let own = "\(place).\(name.string ?? "")"
            if let other = found.first(where: { $0.nameText == name.string }) {
                compare(value, other, own, &lines)
            } else {
                lines.append("\(own): expected \(raw(value)), found nothing")
            }
        }
        for element in found where expected[element.nameText] == nil && !ignoring.contains(element.nameText) {
            lines.append("\(place).\(element.nameText): expected nothing, found \(json(element))")
        }
    }

    private static func compare(_ expected: JSONNode, _ found: BSONElement, _ place: String, _ lines: inout [String]) {
        if let typed = TypedValue(expected) {
            if !typed.isEqual(found) {
                lines.append("\(place): expected \(typed.description), found \(TypedValue.describe(found))")
            }
        } else if expected.isObject, found.type == .document, let elements = found.elements {
            compare(expected, elements, place, ignoring: [], &lines)
        } else if expected.isArray, found.type == .array, let elements = found.elements.map({ Array($0) }),
            elements.count == expected.count
        {
            for (index, (one, other)) in zip(expected.elements, elements).enumerated() {
                compare(one, other, "\(place)[\(index)]", &lines)
            }
        } else if (try? JSONParser().parse(json(found)))?.withRoot({ JSONEquality.equal(expected, $0) }) != true {
            lines.append("\(place): expected \(raw(expected)), found \(json(found))")
        }
    }

    // MARK: Writing

    private static func text(_ elements: [BSONElement], like expected: JSONNode?) -> String {
        var object = JSONObjectText()
        for element in elements {
            object.add(element.nameText, raw: text(element, like: expected?[element.nameText]))
        }
        return object.text
    }

    private static func text(_ element: BSONElement, like expected: JSONNode?) -> String {
        guard let expected else { return json(element) }
        if TypedValue(expected) != nil { return TypedValue.text(element) ?? json(element) }
        if element.type == .document, expected.isObject, let members = element.elements {
            return text(Array(members), like: expected)
        }
        if element.type == .array, expected.isArray, let members = element.elements {
            let known = Array(expected.elements)
            let all = members.enumerated().map { text($1, like: known.indices.contains($0) ? known[$0] : nil) }
            return "[\(all.joined(separator: ","))]"
        }
        return json(element)
    }

    private static func raw(_ node: JSONNode) -> String { String(decoding: node.rawText, as: UTF8.self) }

    fileprivate static func json(_ element: BSONElement) -> String {
        var out: [UInt8] = []
        BSONText.append(element, to: &out)
        return String(decoding: out, as: UTF8.self)
    }
}

/// A value that a test names with its type: `{ $decimal: 12.50 }`, `{ $double: 12.5 }`, `{ $date: … }`, `{ $oid: … }`.
private struct TypedValue {
    private enum Kind: String, CaseIterable {
        case decimal = "$decimal"
        case double = "$double"
        case date = "$date"
        case oid = "$oid"

        var type: BSONType {
            switch self {
            case .decimal: .decimal128
            case .double: .double
            case .date: .date
            case .oid: .objectID
            }
        }

        init?(_ type: BSONType?) {
            guard let kind = Self.allCases.first(where: { $0.type == type }) else { return nil }
            self = kind
        }
    }

    private let kind: Kind
    private let value: String

    /// Nil for a plain value.
    init?(_ node: JSONNode) {
        guard node.isObject, node.count == 1, let (name, value) = node.members.first(where: { _ in true }),
            let kind = name.string.flatMap({ Kind(rawValue: $0) })
        else { return nil }
        self.kind = kind
        self.value = value.string ?? String(decoding: value.rawText, as: UTF8.self)
    }

    var description: String { Self.words(kind, value) }

    func isEqual(_ element: BSONElement) -> Bool {
        guard element.type == kind.type else { return false }
        switch kind {
        case .date:
            var text = value
            return text.withUTF8 { Instant.milliseconds(iso8601: $0) } == element.date
        case .oid: return value.lowercased() == element.objectID?.description
        case .double where Double(value) == element.double: return true
        case .decimal, .double:
            guard let a = try? JSONParser().parse(value), let b = try? JSONParser().parse(StoredRecord.json(element))
            else { return false }
            return a.withRoot { a in b.withRoot { JSONEquality.equal(a, $0) } }
        }
    }

    /// With its type, where a test can name that.
    static func text(_ element: BSONElement) -> String? {
        guard let kind = Kind(element.type) else { return nil }
        var object = JSONObjectText()
        object.add(kind.rawValue, raw: StoredRecord.json(element))
        return object.text
    }

    static func describe(_ element: BSONElement) -> String {
        let text = StoredRecord.json(element)
        if let kind = Kind(element.type) { return words(kind, text) }
        return switch element.type {
        case .string: "the text \(text)"
        case .int32, .int64: "the integer \(text)"
        default: text
        }
    }

    private static func words(_ kind: Kind, _ value: String) -> String {
        switch kind {
        case .decimal: "the Decimal128 \(value)"
        case .double: "the double \(value)"
        case .date: "the date \(value)"
        case .oid: "the ObjectId \(value)"
        }
    }
}
