internal import JSON

/// Yields a value: a path, a constant, a choice. Compiled once, evaluated on any thread.
protocol Expression: AnyObject, Sendable {
    func evaluate(_ run: Run) throws(Fault) -> Value

    /// The path its value comes from, if there is a single one; reported in reasons.
    var origin: Path? { get }
    /// Types it can yield, as far as known at compile time.
    var types: ValueTypes { get }
    /// All texts it can yield, if known.
    var words: [String]? { get }
    /// Whether no record can have its value before.
    var isNew: Bool { get }

    /// The path that its value comes from now, where it can be one of several.
    func origin(_ run: Run) -> Path?
    /// The path of what is at these places inside of its value.
    func origin(of inside: ArraySlice<String>) -> Path?
    /// Whether a step of it, at any depth, is such a one.
    func contains(_ test: (any Transform) -> Bool) -> Bool
}

extension Expression {
    var words: [String]? { nil }
    var isNew: Bool { false }
    func origin(_ run: Run) -> Path? { origin }
    func origin(of inside: ArraySlice<String>) -> Path? { origin }
    func contains(_ test: (any Transform) -> Bool) -> Bool { false }
}

/// A transform step.
protocol Transform: AnyObject, Sendable {
    func apply(_ value: Value, _ run: Run) throws(Fault) -> Value

    /// The types it can do something with.
    var accepts: ValueTypes { get }
    /// The result types for these input types.
    func types(of input: ValueTypes) -> ValueTypes
    /// Whether it, or a step inside of it, is such a one.
    func contains(_ test: (any Transform) -> Bool) -> Bool
}

extension Transform {
    var accepts: ValueTypes { .any }
    /// Whether null and missing values are what they were.
    var keepsAbsent: Bool { !accepts.contains(.absent) || self is Blank }
    func contains(_ test: (any Transform) -> Bool) -> Bool { test(self) }
}

/// A set of value types.
struct ValueTypes: OptionSet, Sendable {
    let rawValue: UInt8

    static let text = ValueTypes(rawValue: 1)
    static let number = ValueTypes(rawValue: 2)
    static let bool = ValueTypes(rawValue: 4)
    static let list = ValueTypes(rawValue: 8)
    static let object = ValueTypes(rawValue: 16)
    /// Null or missing.
    static let absent = ValueTypes(rawValue: 32)
    static let any: ValueTypes = [.text, .number, .bool, .list, .object, .absent]

    var words: String {
        let names: [(ValueTypes, String)] = [
            (.text, "text"), (.number, "a number"), (.bool, "true or false"), (.list, "a list"), (.object, "an object"),
        ]
        let found = names.filter { contains($0.0) }.map(\.1)
        return found.isEmpty ? "nothing" : found.joined(separator: " or ")
    }
}

/// A value and its transform steps, in order.
final class Piped: Expression {
    let source: any Expression
    let steps: [any Transform]
    let types: ValueTypes

    init(_ source: any Expression, _ steps: [any Transform]) {
        self.source = source
        self.steps = steps
        types = steps.reduce(source.types) { $1.types(of: $0) }
    }

    var origin: Path? { source.origin }
    var words: [String]? { (steps.last as? ValueTable)?.words ?? (steps.isEmpty ? source.words : nil) }
    var isNew: Bool { source.isNew }
    func origin(_ run: Run) -> Path? { source.origin(run) }
    func contains(_ test: (any Transform) -> Bool) -> Bool {
        source.contains(test) || steps.contains { $0.contains(test) }
    }

    func evaluate(_ run: Run) throws(Fault) -> Value {
        var value = try source.evaluate(run)
        for index in steps.indices {
            do throws(Fault) {
                value = try steps[index].apply(value, run)
            } catch {
                throw error.from(source.origin(run), isDirect: index == 0)
            }
        }
        return value
    }
}

/// A constant value.
final class Constant: Expression {
    private let memory: Constants
    private let kind: Kind
    let types: ValueTypes

    private enum Kind { case null, bool(Bool), number, text, json }

    init(text: String) { (memory, kind, types) = (Constants(text), .text, .text) }
    init(number: String) { (memory, kind, types) = (Constants(number), .number, .number) }
    init(bool: Bool) { (memory, kind, types) = (Constants(""), .bool(bool), .bool) }
    init(json: String) {
        (memory, kind) = (Constants(json), .json)
        types = json.first == "[" ? .list : .object
    }
    private init(null: Void) { (memory, kind, types) = (Constants(""), .null, .absent) }

    static var null: Constant { Constant(null: ()) }

    var origin: Path? { nil }
    var words: [String]? {
        guard case .text(let text) = value else { return nil }
        return [text.string]
    }

    /// Valid for the lifetime of the constant.
    var value: Value {
        switch kind {
        case .null: .null
        case .bool(let value): .bool(value)
        case .number: .number(memory.bytes)
        case .text: .text(memory.bytes)
        case .json: .json(memory.bytes)
        }
    }

    func evaluate(_ run: Run) throws(Fault) -> Value { value }
}
