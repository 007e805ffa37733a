internal import JSON
internal import Yams

/// Compiles values: a path, or a source and its transform steps.
struct ValueCompiler {
    let reader: NodeReader
    let context: MappingContext
    /// Members that the item's expressions read; nil without an item (the envelope, inside `each:`).
    let slots: SlotNames?
    /// Number of enclosing elements, the message included: the maximum number of `^` in a path.
    let parents: Int
    /// Whether `.` is an element of `each:`, so that steps may stand without a source.
    var isElement = false
    /// Whether missing members of objects become null.
    var fillsNull = false

    /// A compiler for inside `each:`, where `.` is the element.
    var inside: ValueCompiler {
        ValueCompiler(reader: reader, context: context, slots: nil, parents: parents, isElement: true)
    }

    /// Compiles a path or a value object. A text that is not a path is a mistake, unless `constants` allows literal
    /// texts.
    func value(_ node: Node, what: String, constants: Bool = false) -> (any Expression)? {
        if let scalar = node.scalar {
            let text = scalar.string
            if PathParser.isPath(text),
                scalar.style == .plain || !constants || text.hasPrefix("@") || text.hasPrefix("$.")
            {
                return path(node, what: what)
            }
            if constants { return reader.text(node, what: what, allowsEmpty: true).map { Constant(text: $0) } }
            if let constant = self.constant(node), constant.types != .text { return constant }
            let name = PathParser.isPlainName(text) ? ".\(text)" : "['\(text.prefix(40))']"
            reader.add(
                node, "text-or-path",
                "\(what): '\(text.prefix(60))' could be meant as a path or as a text; write \(name) for the item's member, or"
                    + " { value: … } for the text")
            return nil
        }
        guard node.mapping != nil else {
            reader.add(
                node, "type",
                "\(what): expected a path such as .code, or keys such as 'path:', found \(NodeReader.shown(node))")
            return nil
        }
        guard let members = reader.members(node, Language.value, what: what) else { return nil }
        if let onError = members.key("onError") {
            reader.add(onError, "misplaced-field", "\(what): only a field of the record can have 'onError:'")
        }
        return compile(members, what: what)
    }

    /// Compiles a value from an object's members, except `onError` and the condition keys.
    func compile(_ members: NodeReader.Members, what: String) -> (any Expression)? {
        let sources = members.all.filter { Language.sources.contains($0.name) }
        if sources.count > 1 {
            reader.add(
                sources[1].key, "two-sources",
                "\(what): '\(sources[0].name)' and '\(sources[1].name)' both say where the value comes from; keep one")
            return nil
        }
        let steps = members.all.filter { member in
            !Language.sources.contains(member.name) && member.name != "onError"
                && Language.value.keys.contains { $0.name == member.name }
        }
        var source: (any Expression)?
        if let (name, _, node) = sources.first {
            source = self.source(name, node, what: what)
            if source == nil { return nil }
        } else if isElement || steps.first?.name == "jq" {
            // The element, or the whole item.
            let own = Path(base: .item, steps: [])
            note(own)
            source = PathValue(own)
        }
        guard let source else {
            reader.add(
                members.node, "missing-field",
                "\(what): say where the value comes from: 'path:', 'value:', 'concat:', 'choose:', 'header:' or 'delivery:'"
            )
            return nil
        }
        if let early = steps.first, let late = sources.first, position(early.key) < position(late.key) {
            reader.add(
                late.key, "source-first",
                "\(what): write '\(late.name):' before '\(early.name):'; a value is read from top to bottom")
        }
        let transforms = TransformCompiler(values: self)
        let compiled = steps.compactMap { transforms.step($0.name, $0.value, what: "\(what), \($0.name)") }
        return compiled.isEmpty ? source : Piped(source, compiled)
    }

    private func position(_ node: Node) -> Int { (node.mark?.line ?? 0) * 100_000 + (node.mark?.column ?? 0) }

    private func source(_ name: String, _ node: Node, what: String) -> (any Expression)? {
        switch name {
        case "path":
            guard let sequence = node.sequence else { return path(node, what: what) }
            let all = sequence.compactMap { path($0, what: what) }
            return all.isEmpty ? nil : FirstOf(all)
        case "value": return constant(node)
        case "header": return reader.text(node, what: "header").map { HeaderText($0) }
        case "delivery":
            let words = DeliveryValue.Fact.allCases.map(\.rawValue)
            return reader.word(node, of: words, what: "delivery").flatMap { DeliveryValue.Fact(rawValue: $0) }
                .map { DeliveryValue($0) }
        case "concat": return concatenation(node, what: what)
        case "choose": return choice(node, what: what)
        case "fields":
            let fields = reader.pairs(node, what: "fields").compactMap { name, _, body in
                value(body, what: "\(what).\(name)").map { (name: name, value: $0) }
            }
            return fields.isEmpty ? nil : ObjectValue(fields, fillsNull: fillsNull)
        default: preconditionFailure("no source '\(name)'")
        }
    }

    func path(_ node: Node, what: String) -> (any Expression)? {
        guard let text = reader.text(node, what: what) else { return nil }
        do throws(PathParser.Problem) {
            let path = try PathParser.parse(text)
            if case .parent(let level) = path.base, level > parents {
                reader.add(
                    node, "path", "\(what): '\(text)' goes out \(level) levels, but the item stands in \(parents)")
                return nil
            }
            note(path)
            if path.base == .item, let slots, case .name(let name) = path.steps.first {
                return SlotValue(path, slot: slots.slot(of: name.description, at: reader.position(node)))
            }
            return PathValue(path)
        } catch {
            reader.add(node, "path", "\(what): '\(text.prefix(60))': \(error.message)")
            return nil
        }
    }

    /// Records a path that starts at the message. Outside of items `.` is the message; the outermost enclosing element
    /// of an item is the message too.
    func note(_ path: Path) {
        switch path.base {
        case .root: reader.messagePaths.append(path)
        case .item: if parents == 0 { reader.messagePaths.append(path) }
        case .parent(let level): if level == parents { reader.messagePaths.append(path) }
        }
    }

    private func concatenation(_ node: Node, what: String) -> (any Expression)? {
        var parts = node
        var separator = ""
        if node.mapping != nil {
            guard let members = reader.members(node, Language.concat, what: "\(what), concat"),
                let list = members["parts"]
            else { return nil }
            parts = list
            separator = members["separator"].flatMap { reader.text($0, what: "separator", allowsEmpty: true) } ?? ""
        }
        let compiled = reader.elements(parts, what: "\(what), concat").compactMap {
            value($0, what: "\(what), concat", constants: true)
        }
        guard compiled.contains(where: { !($0 is Constant) }) else {
            reader.add(node, "constant", "\(what), concat: all its parts are constants; write the text with 'value:'")
            return nil
        }
        return Concatenation(compiled, separator: separator)
    }

    private func choice(_ node: Node, what: String) -> (any Expression)? {
        var branches: [(condition: Condition?, then: any Expression)] = []
        for element in reader.elements(node, what: "\(what), choose") {
            guard let members = reader.members(element, Language.branch, what: "a branch of choose") else { continue }
            if let last = members["else"] {
                if members.all.count > 1 {
                    reader.add(
                        members.key("else") ?? element, "branch", "'else:' stands in a branch of its own, the last one")
                }
                if let then = branchValue(last, what: what) { branches.append((nil, then)) }
                continue
            }
            if branches.contains(where: { $0.condition == nil }) {
                reader.add(element, "branch", "this branch comes after 'else:' and is never reached")
            }
            guard let when = members["when"], let then = members["then"] else {
                reader.add(element, "branch", "a branch has 'when:' and 'then:', or 'else:'")
                continue
            }
            guard let condition = ConditionCompiler(values: self).condition(when, what: "when"),
                let value = branchValue(then, what: what)
            else { continue }
            branches.append((condition, value))
        }
        guard !branches.isEmpty else { return nil }
        let choice = Choice(branches)
        reader.branchPoints.append(choice.branchPoint(named: "\(what), choose"))
        return choice
    }

    private func branchValue(_ node: Node, what: String) -> (any Expression)? {
        guard let scalar = node.scalar else { return value(node, what: what) }
        if scalar.style == .plain, PathParser.isPath(scalar.string) { return path(node, what: what) }
        return constant(node)
    }

    /// Converts a YAML node to a JSON constant.
    func constant(_ node: Node) -> Constant? {
        guard let scalar = node.scalar else {
            var json: [UInt8] = []
            YAMLValue.appendJSON(node, to: &json) { reader.text($0, what: "value", allowsEmpty: true) ?? "" }
            return Constant(json: String(decoding: json, as: UTF8.self))
        }
        switch YAMLValue.kind(of: scalar) {
        case .null: return .null
        case .bool(let value): return Constant(bool: value)
        case .number: return Constant(number: scalar.string)
        case .text: return reader.text(node, what: "value", allowsEmpty: true).map { Constant(text: $0) }
        }
    }
}

/// Assigns numbers to the item members that expressions read.
final class SlotNames {
    private(set) var names: [String] = []
    private var numbers: [String: Int] = [:]
    /// Position of each member's first use.
    private(set) var places: [TextPosition] = []

    func slot(of name: String, at place: TextPosition) -> Int {
        if let number = numbers[name] { return number }
        numbers[name] = names.count
        names.append(name)
        places.append(place)
        return names.count - 1
    }
}
