internal import JSON
internal import Schemas

/// Replaces values by a table (`ALTA: I`).
final class ValueTable: Transform {
    enum Otherwise: Sendable {
        case fault
        /// Keep the value unchanged.
        case keep
        case value(Constant)
    }

    private let word: String
    private let names: NameTable
    private let values: [Constant]
    private let otherwise: Otherwise
    let known: [String]
    private let outputs: ValueTypes

    /// `word`: its name in the mapping, for reasons.
    init(_ word: String, _ table: [(key: String, value: Constant)], otherwise: Otherwise) {
        self.word = word
        names = NameTable(table.map(\.key))
        values = table.map(\.value)
        self.otherwise = otherwise
        known = table.map(\.key)
        var outputs = table.reduce(into: ValueTypes()) { $0.formUnion($1.value.types) }
        if case .value(let other) = otherwise { outputs.formUnion(other.types) }
        self.outputs = outputs
    }

    /// Whether values that are not in it are faults.
    var refusesOthers: Bool { if case .fault = otherwise { true } else { false } }

    /// For test coverage.
    func branchPoint(named name: String) -> BranchPoint {
        var entries = known.enumerated().map { (number: $0, word: $1) }
        if case .value = otherwise { entries.append((values.count, "*")) }
        return BranchPoint(self, name: name, entries: entries)
    }

    /// All texts it can yield; nil if not limited.
    var words: [String]? {
        var all = values.map(\.words)
        switch otherwise {
        case .fault: break
        case .keep: return nil
        case .value(let other): all.append(other.words)
        }
        return all.contains { $0 == nil } ? nil : all.flatMap { $0 ?? [] }
    }

    func apply(_ value: Value, _ run: Run) throws(Fault) -> Value {
        if value.isAbsent { return value }
        if let text = value.textForm, let found = names.find(text) ?? value.text(run).flatMap({ names.find($0) }) {
            run.trail?.mark(self, entry: found)
            return values[found].value
        }
        switch otherwise {
        case .keep: return value
        case .value(let constant):
            run.trail?.mark(self, entry: values.count)
            return constant.value
        case .fault:
            let nearest = value.textForm.flatMap(nearest)
            let shown = known.prefix(8).joined(separator: ", ") + (known.count > 8 ? ", …" : "")
            throw Fault(
                word, expected: "one of \(shown)", found: value,
                remedy: nearest.map { "did you mean \($0)?" }
                    ?? "send one of them, or add it to the table of the mapping")
        }
    }

    /// The key that a misspelled word means. Of codes every other one is near: 023 is not a misspelled 003.
    private func nearest(to text: Bytes) -> String? {
        guard !text.contains(where: { $0 &- 48 <= 9 }) else { return nil }
        return Spelling.nearest(
            to: text.string, in: known.prefix(1000).filter { !$0.utf8.contains { $0 &- 48 <= 9 } })
    }

    var accepts: ValueTypes { [.text, .number, .bool] }

    func types(of input: ValueTypes) -> ValueTypes {
        var types = outputs
        if case .keep = otherwise { types.formUnion(input) }
        if input.contains(.absent) { types.insert(.absent) }
        return types
    }
}

/// Converts words to booleans.
final class ToBool: Transform {
    private let yes: [[UInt8]]
    private let no: [[UInt8]]

    static let usualYes = ["true", "yes", "y", "si", "sí", "s", "verdadero", "on", "1"]
    static let usualNo = ["false", "no", "n", "falso", "off", "0"]

    /// Words must be in lower case.
    init(yes: [String], no: [String]) {
        self.yes = yes.map { Array($0.utf8) }
        self.no = no.map { Array($0.utf8) }
    }

    func apply(_ value: Value, _ run: Run) throws(Fault) -> Value {
        switch value {
        case .missing, .null, .bool: return value
        case .text(let text), .number(let text):
            let word = CaseChange(isUpper: false).apply(text: Trim.trimmed(text), run)
            if yes.contains(where: { word.elementsEqual($0) }) { return .bool(true) }
            if no.contains(where: { word.elementsEqual($0) }) { return .bool(false) }
        default: break
        }
        let words = (yes + no).map { String(decoding: $0, as: UTF8.self) }.joined(separator: ", ")
        throw Fault(
            "bool", expected: "one of \(words)", found: value, remedy: "send true or false, or one of these words")
    }

    var accepts: ValueTypes { [.text, .number, .bool] }

    func types(of input: ValueTypes) -> ValueTypes { input.contains(.absent) ? [.bool, .absent] : .bool }
}
