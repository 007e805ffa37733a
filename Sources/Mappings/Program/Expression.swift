internal import Documents

/// Something that gives a value: a path, a constant, a choice. Compiled once, evaluated by any lane.
protocol Expression: AnyObject, Sendable {
    func evaluate(_ run: Run) throws(Fault) -> Value

    /// The path that the value comes from, where one can be told: what a reason points to.
    var origin: Path? { get }
    /// What values it can give, as far as that is known when it is compiled.
    var types: ValueTypes { get }
    /// All the texts it can give, where that is known.
    var words: [String]? { get }
}

extension Expression {
    var words: [String]? { nil }
}

/// One step that makes a value of a value.
protocol Transform: AnyObject, Sendable {
    func apply(_ value: Value, _ run: Run) throws(Fault) -> Value

    /// What it gives when it is given these.
    func types(of input: ValueTypes) -> ValueTypes
}

/// Which kinds of value an expression can give.
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

/// A value and the steps it goes through, from first to last.
final class Piped: Expression {
    private let source: any Expression
    private let steps: [any Transform]
    let types: ValueTypes

    init(_ source: any Expression, _ steps: [any Transform]) {
        self.source = source
        self.steps = steps
        types = steps.reduce(source.types) { $1.types(of: $0) }
    }

    var origin: Path? { source.origin }
    var words: [String]? { (steps.last as? ValueTable)?.words ?? (steps.isEmpty ? source.words : nil) }

    func evaluate(_ run: Run) throws(Fault) -> Value {
        var value = try source.evaluate(run)
        for step in steps { value = try step.apply(value, run) }
        return value
    }
}

/// The same value always.
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

    /// Valid while the constant lives.
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
