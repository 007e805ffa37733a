internal import JQ
internal import Yams

/// Compiles one transform step of a value.
struct TransformCompiler {
    let values: ValueCompiler

    private var reader: NodeReader { values.reader }

    func step(_ name: String, _ node: Node, what: String) -> (any Transform)? {
        switch name {
        case "text", "trim", "upper", "lower", "integer":
            reader.flag(node, what: name)
            return switch name {
            case "text": ToText()
            case "trim": Trim()
            case "integer": ToInteger()
            default: CaseChange(isUpper: name == "upper")
            }
        case "blank": return reader.word(node, of: ["missing", "null"], what: what).map { Blank(isNull: $0 == "null") }
        case "pad": return pad(node, what: what)
        case "replace": return replace(node, what: what)
        case "substring": return substring(node, what: what)
        case "table": return table(node, what: what)
        case "lookup": return LookupCompiler(values: values).transform(node, what: what)
        case "decimal": return decimal(node, what: what)
        case "round": return round(node, what: what)
        case "scale": return reader.integer(node, in: -34...34, what: what).map { Scale(power: $0) }
        case "date", "format":
            return DateCompiler(reader: reader, context: values.context).transform(name, node, what: what)
        case "bool": return bool(node, what: what)
        case "split": return split(node, what: what)
        case "join": return reader.text(node, what: what, allowsEmpty: true).map { Join(separator: $0) }
        case "each": return values.inside.value(node, what: what).map { Each($0) }
        case "jq": return jq(node, what: what)
        case "default": return otherwise(node, what: what).map { Default($0) }
        default: preconditionFailure("the language has the step '\(name)', and nothing compiles it")
        }
    }

    /// Compiles a constant or a nested value.
    func otherwise(_ node: Node, what: String) -> (any Expression)? {
        guard let scalar = node.scalar else { return values.value(node, what: what) }
        return values.pathOrConstant(scalar, node, what: what)
    }

    private func pad(_ node: Node, what: String) -> (any Transform)? {
        guard let members = reader.members(node, Language.pad, what: what),
            let length = members["length"].flatMap({ reader.integer($0, in: 1...1000, what: "length") })
        else { return nil }
        let with = members["with"].flatMap { reader.text($0, what: "with") } ?? " "
        if with.unicodeScalars.count != 1 {
            reader.add(members["with"] ?? node, "type", "with: expected one character, found '\(with.prefix(20))'")
        }
        let side = members["side"].flatMap { reader.word($0, of: ["left", "right"], what: "side") } ?? "left"
        return Pad(length: length, with: with, isLeft: side == "left")
    }

    private func replace(_ node: Node, what: String) -> (any Transform)? {
        var steps: [any Transform] = []
        for (from, key, to) in reader.pairs(node, what: what, allowsEmpty: false) {
            guard !from.isEmpty else {
                reader.add(key, "type", "\(what): the text to replace is empty")
                continue
            }
            guard let to = reader.text(to, what: what, allowsEmpty: true) else { continue }
            steps.append(Replace(from: from, to: to))
        }
        return steps.isEmpty ? nil : Sequenced(steps)
    }

    private func substring(_ node: Node, what: String) -> (any Transform)? {
        guard let members = reader.members(node, Language.substring, what: what),
            let from = members["from"].flatMap({ reader.integer($0, in: -100_000...100_000, what: "from") })
        else { return nil }
        return Cut(
            from: from, length: members["length"].flatMap { reader.integer($0, in: 0...100_000, what: "length") })
    }

    private func table(_ node: Node, what: String) -> (any Transform)? {
        var entries: [(key: String, value: Constant)] = []
        var otherwise = ValueTable.Otherwise.fault
        for (name, _, value) in reader.pairs(node, what: what, allowsEmpty: false) {
            guard value.scalar != nil else {
                reader.add(
                    value, "type", "\(what): expected a single value for '\(name)', found \(NodeReader.shown(value))")
                continue
            }
            guard let constant = values.constant(value) else { continue }
            if name == "*" { otherwise = .value(constant) } else { entries.append((name, constant)) }
        }
        if entries.isEmpty, case .value = otherwise {
            reader.add(
                node, "empty",
                "\(what): the table has only '*', so every value becomes the same; write it with 'value:'")
        }
        guard !entries.isEmpty else { return nil }
        let table = ValueTable("table", entries, otherwise: otherwise)
        reader.branchPoints.append(table.branchPoint(named: what))
        return table
    }

    private func decimal(_ node: Node, what: String) -> (any Transform)? {
        guard let sample = reader.text(node, what: what) else { return nil }
        if NumberStyle.isAmbiguous(sample: sample) {
            let digits = sample.filter { $0 != "." && $0 != "," }
            let point = sample.contains(".") ? (".", ",") : (",", ".")
            reader.add(
                node, "decimal",
                "\(what): '\(sample.prefix(40))' could mean \(digits.prefix(40)) or a fraction of three digits; write \"1\(point.0)234\(point.1)50\""
                    + " if '\(point.0)' groups thousands, or \"1\(point.0)50\" if it begins the fraction")
            return nil
        }
        guard let style = NumberStyle(sample: sample) else {
            reader.add(
                node, "decimal",
                "\(what): expected a sample with a fraction, such as \"1.234,50\", \"1,234.50\" or \"1234.50\", found"
                    + " \(NodeReader.shown(node))")
            return nil
        }
        return ToDecimal(style: style, sample: sample)
    }

    private func round(_ node: Node, what: String) -> (any Transform)? {
        if node.scalar != nil {
            return reader.integer(node, in: 0...34, what: what).map { Round(digits: $0, mode: .halfUp) }
        }
        guard let members = reader.members(node, Language.round, what: what),
            let digits = members["digits"].flatMap({ reader.integer($0, in: 0...34, what: "digits") })
        else { return nil }
        let mode = members["mode"].flatMap { reader.word($0, of: Round.Mode.allCases.map(\.rawValue), what: "mode") }
        return Round(digits: digits, mode: mode.flatMap { Round.Mode(rawValue: $0) } ?? .halfUp)
    }

    private func bool(_ node: Node, what: String) -> (any Transform)? {
        if node.scalar != nil {
            reader.flag(node, what: "bool")
            return ToBool(yes: ToBool.usualYes, no: ToBool.usualNo)
        }
        guard let members = reader.members(node, Language.bool, what: what), let yes = members["true"],
            let no = members["false"]
        else { return nil }
        let (yesWords, noWords) = (
            reader.texts(yes, what: "true", allowsEmpty: false), reader.texts(no, what: "false", allowsEmpty: false)
        )
        let lower = yesWords.map { $0.lowercased() }
        if let both = noWords.first(where: { lower.contains($0.lowercased()) }) {
            reader.add(no, "bool", "\(what): '\(both)' stands for true and for false; keep one")
        }
        return ToBool(yes: lower, no: noWords.map { $0.lowercased() })
    }

    private func split(_ node: Node, what: String) -> (any Transform)? {
        if node.scalar != nil {
            return reader.text(node, what: what).map { Split(separator: $0, trims: true, keepsEmpty: false) }
        }
        guard let members = reader.members(node, Language.split, what: what),
            let by = members["by"].flatMap({ reader.text($0, what: "by") })
        else { return nil }
        return Split(
            separator: by, trims: members["trim"].flatMap { reader.bool($0, what: "trim") } ?? true,
            keepsEmpty: members["keepEmpty"].flatMap { reader.bool($0, what: "keepEmpty") } ?? false)
    }

    private func jq(_ node: Node, what: String) -> (any Transform)? {
        guard let program = reader.text(node, what: what) else { return nil }
        do throws(JQError) {
            return try JQStep(program)
        } catch {
            reader.add(node, "jq", "\(what): \(error.message)")
            return nil
        }
    }
}

/// Runs several steps as one.
final class Sequenced: Transform {
    let steps: [any Transform]

    init(_ steps: [any Transform]) { self.steps = steps }

    func apply(_ value: Value, _ run: Run) throws(Fault) -> Value {
        var value = value
        for step in steps { value = try step.apply(value, run) }
        return value
    }

    var accepts: ValueTypes { steps.first?.accepts ?? .any }

    func types(of input: ValueTypes) -> ValueTypes { steps.reduce(input) { $1.types(of: $0) } }
}
