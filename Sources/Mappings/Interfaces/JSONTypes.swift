internal import JSON
internal import Schemas

/// A set of JSON types, in the words of JSON Schema.
struct JSONTypes: OptionSet, Sendable {
    let rawValue: UInt8

    init(rawValue: UInt8) { self.rawValue = rawValue }

    static let null = JSONTypes(rawValue: 1)
    static let boolean = JSONTypes(rawValue: 2)
    static let integer = JSONTypes(rawValue: 4)
    /// Numbers that are not whole; `number` has both.
    static let fraction = JSONTypes(rawValue: 8)
    static let string = JSONTypes(rawValue: 16)
    static let array = JSONTypes(rawValue: 32)
    static let object = JSONTypes(rawValue: 64)
    static let number: JSONTypes = [.integer, .fraction]
    static let scalar: JSONTypes = [.boolean, .number, .string]
    static let any: JSONTypes = [.null, .scalar, .array, .object]

    /// Those of values between a message and a field.
    init(_ types: ValueTypes) {
        let all: [(ValueTypes, JSONTypes)] = [
            (.text, .string), (.number, .number), (.bool, .boolean), (.list, .array), (.object, .object),
            (.absent, .null),
        ]
        self = all.reduce(into: []) { if types.contains($1.0) { $0.formUnion($1.1) } }
    }

    /// Those of a stored value, as it is shown in JSON.
    init(_ kind: BSONKind) {
        self =
            switch kind {
            case .string, .date, .objectId: .string
            case .bool: .boolean
            case .long: .integer
            case .double, .decimal: .number
            case .object: .object
            case .array: .array
            case .any: .any
            }
    }

    var valueTypes: ValueTypes {
        var types: ValueTypes = []
        if contains(.null) { types.insert(.absent) }
        if contains(.boolean) { types.insert(.bool) }
        if !isDisjoint(with: .number) { types.insert(.number) }
        if contains(.string) { types.insert(.text) }
        if contains(.array) { types.insert(.list) }
        if contains(.object) { types.insert(.object) }
        return types
    }

    /// The value of `type`; nil if all are possible.
    var keyword: JSONValue? {
        if self == .any { return nil }
        var words: [JSONValue] = []
        if contains(.string) { words.append("string") }
        if contains(.fraction) { words.append("number") } else if contains(.integer) { words.append("integer") }
        if contains(.boolean) { words.append("boolean") }
        if contains(.array) { words.append("array") }
        if contains(.object) { words.append("object") }
        if contains(.null) { words.append("null") }
        return words.count == 1 ? words[0] : .list(words)
    }

    /// A schema of these types.
    var schema: JSONValue { keyword.map { ["type": $0] } ?? [:] }
}
