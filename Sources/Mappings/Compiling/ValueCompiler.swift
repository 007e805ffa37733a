internal import JSON
internal import Yams

/// Compiles values: a path, or a source and its transform steps.
struct ValueCompiler {
    let reader: NodeReader
    let context: MappingContext
    /// Members that the item's expressions read; nil without an item (the envelope, inside `each:`).
    var slots: SlotNames?
    /// Number of enclosing elements, the message included: the maximum number of `^` in a path.
    let parents: Int
    /// Whether `.` is an element of `each:`, so that steps may stand without a source.
    var isElement = false
    /// Whether missing members of objects become null.
    var fillsNull = false
    /// Whether paths may start at the stored record.
    var knowsStored = false
    /// Whether objects are stored, so that their members must have names that the store takes.
    var storesFields = false
    /// Collects what is read of the item as it came, for a value that is made when its record is known.
    var captures: Captures?
    /// Compiles the new keys of a record's field; nil where there are none: outside of such fields, and inside `each:`.
    var newKeys: NewKeyCompiler?

    /// A compiler for inside `each:`, where `.` is the element.
    var inside: ValueCompiler {
        var inside = self
        (inside.slots, inside.isElement, inside.fillsNull, inside.newKeys) = (nil, true, false, nil)
        return inside
    }

    /// Compiles a path or a value object. A text that is not a path is a mistake, unless `constants` allows literal
    /// texts.
    func value(_ node: Node, what: String, constants: Bool = false) -> (any Expression)? {
        if let scalar = node.scalar {
            let text = scalar.string
            if constants {
                switch meaning(of: scalar) {
                case .path: return path(node, what: what)
                case .unclear: return unclear(node, what: what)
                case .text: return reader.text(node, what: what, allowsEmpty: true).map { Constant(text: $0) }
                }
            }
            if PathParser.isPath(text) { return path(node, what: what) }
            if text.isEmpty, scalar.style == .plain {
                reader.add(
                    node, "type",
                    "\(what): expected a path such as .code, or keys such as 'path:', found nothing; write null for null"
                )
                return nil
            }
            if let constant = self.constant(node), constant.types != .text { return constant }
            let name = PathParser.path(ofMember: String(text.prefix(40)))
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

    private func meaning(of scalar: Node.Scalar) -> PathParser.Meaning {
        PathParser.meaning(of: scalar.string, isQuoted: scalar.style != .plain)
    }

    /// Compiles a path or a constant.
    func pathOrConstant(_ scalar: Node.Scalar, _ node: Node, what: String) -> (any Expression)? {
        switch meaning(of: scalar) {
        case .path: path(node, what: what)
        case .text: constant(node)
        case .unclear: unclear(node, what: what)
        }
    }

    private func unclear(_ node: Node, what: String) -> (any Expression)? {
        reader.add(
            node, "text-or-path",
            "\(what): \(NodeReader.shown(node)) in quotes could be meant as a path or as a text; write { path: … } for the"
                + " path, or { value: … } for the text")
        return nil
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
            // A default says what becomes of a missing value.
            let handlesMissing = steps.contains { $0.name == "default" }
            source = self.source(name, node, what: what, isOptional: handlesMissing)
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
                "\(what): say where the value comes from: 'path:', 'value:', 'concat:', 'choose:', 'header:', 'delivery:',"
                    + " 'new:' or 'sequence:'")
            return nil
        }
        if let early = steps.first, let late = sources.first, position(early.key) < position(late.key) {
            reader.add(
                late.key, "source-first",
                "\(what): write '\(late.name):' before '\(early.name):'; a value is read from top to bottom")
        }
        let transforms = TransformCompiler(values: self)
        var compiled: [any Transform] = []
        var types = source.types
        var before = sources.first?.name
        for (name, key, node) in steps {
            guard let step = transforms.step(name, node, what: "\(what), \(name)") else { continue }
            check(step, name, key, takes: types, from: before, what: what)
            compiled.append(step)
            types = step.types(of: types)
            before = name
        }
        return compiled.isEmpty ? source : Piped(source, compiled)
    }

    /// Reports a step that can do nothing with what comes before it.
    private func check(
        _ step: any Transform, _ name: String, _ key: Node, takes types: ValueTypes, from before: String?, what: String
    ) {
        let given = types.subtracting(.absent)
        guard given != [], step.accepts.isDisjoint(with: given) else { return }
        let remedy =
            step.accepts.contains(.number) && before == "text"
            ? "write 'text:' after '\(name):', or leave it out"
            : "leave one of them out, or write '\(name):' before '\(before ?? "it"):'"
        reader.add(
            key, "step-type",
            "\(what): '\(name)' takes \(step.accepts.subtracting(.absent).words), but '\(before ?? "value")' before it gives"
                + " \(given.words); \(remedy)")
    }

    private func position(_ node: Node) -> Int { (node.mark?.line ?? 0) * 100_000 + (node.mark?.column ?? 0) }

    private func source(_ name: String, _ node: Node, what: String, isOptional: Bool) -> (any Expression)? {
        switch name {
        case "path":
            guard node.sequence != nil else { return path(node, what: what) }
            let all = reader.elements(node, what: what, allowsEmpty: false).compactMap { path($0, what: what) }
            return all.isEmpty ? nil : FirstOf(all)
        case "value": return constant(node)
        case "header": return reader.text(node, what: "header").map { captured(HeaderText($0)) }
        case "parameter": return reader.text(node, what: "parameter").map { captured(ParameterText($0)) }
        case "delivery":
            let words = DeliveryValue.Fact.allCases.map(\.rawValue)
            let fact = reader.word(node, of: words, what: "delivery").flatMap { DeliveryValue.Fact(rawValue: $0) }
            if fact == .principal { reader.principals.append(reader.position(node)) }
            return fact.map { captured(DeliveryValue($0)) }
        case "new", "sequence":
            guard let newKeys else {
                refuseNewKey(name, node, what: what)
                return nil
            }
            let key = name == "new" ? newKeys.uuid(node) : newKeys.number(node, what: what)
            return key.map { captured($0) }
        case "sum": return sum(node, what: what)
        case "concat": return concatenation(node, what: what)
        case "choose": return choice(node, what: what, isOptional: isOptional)
        case "fields":
            let fields = reader.pairs(node, what: "fields", allowsEmpty: false).compactMap { name, key, body in
                if storesFields { FieldNames.check(name, key, reader, isTopLevel: false) }
                return value(body, what: "\(what).\(name)").map { (name: name, value: $0) }
            }
            return fields.isEmpty ? nil : ObjectValue(fields, fillsNull: fillsNull)
        default: preconditionFailure("no source '\(name)'")
        }
    }

    private func refuseNewKey(_ name: String, _ node: Node, what: String) {
        let remedy =
            isElement
            ? "inside 'each:' the elements have no keys of their own; make the record's key beside the list"
            : "only a field of a message's record can have it; make it there, and read that field here"
        reader.add(node, "misplaced-key", "\(what): '\(name):' gives each record a new value; \(remedy)")
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
            if path.base == .stored {
                guard knowsStored else {
                    reader.add(
                        node, "path",
                        "\(what): '~' is the stored record, which is known in 'if:', in fields of the record, in targets and in answers"
                    )
                    return nil
                }
                reader.storedPaths.append((path, reader.position(node)))
            }
            note(path)
            if path.base == .item, let slots, case .name(let name) = path.steps.first {
                return captured(SlotValue(path, slot: slots.slot(of: name.description, at: reader.position(node))))
            }
            // Elements of a list are those of what was captured.
            return path.base == .stored || (isElement && path.base == .item)
                ? PathValue(path) : captured(PathValue(path))
        } catch {
            reader.add(node, "path", "\(what): '\(text.prefix(60))': \(error.message)")
            return nil
        }
    }

    private func captured(_ value: any Expression) -> any Expression { captures?.add(value) ?? value }

    private func sum(_ node: Node, what: String) -> (any Expression)? {
        let before = reader.mistakes.count
        let parts = reader.elements(node, what: "\(what), sum", allowsEmpty: false).compactMap { part in
            value(part, what: "\(what), sum").map { (part, $0) }
        }
        for (part, value) in parts
        where value.types.subtracting(.absent) != [] && value.types.isDisjoint(with: .number) {
            reader.add(
                part, "type",
                "\(what), sum: expected a number, but this gives \(value.types.subtracting(.absent).words); make it one with"
                    + " 'decimal:' or 'integer: true'")
        }
        return reader.hasErrors(since: before) || parts.isEmpty ? nil : Sum(parts.map(\.1))
    }

    /// Records a path that starts at the message. Outside of items `.` is the message; the outermost enclosing element
    /// of an item is the message too.
    func note(_ path: Path) {
        switch path.base {
        case .root: reader.messagePaths.append(path)
        case .stored: break
        case .item: if parents == 0 { reader.messagePaths.append(path) }
        case .parent(let level): if level == parents { reader.messagePaths.append(path) }
        }
    }

    private func concatenation(_ node: Node, what: String) -> (any Expression)? {
        let before = reader.mistakes.count
        var parts = node
        var separator = ""
        if node.mapping != nil {
            guard let members = reader.members(node, Language.concat, what: "\(what), concat"),
                let list = members["parts"]
            else { return nil }
            parts = list
            separator = members["separator"].flatMap { reader.text($0, what: "separator", allowsEmpty: true) } ?? ""
        }
        let compiled = reader.elements(parts, what: "\(what), concat", allowsEmpty: false).compactMap {
            part -> (any Expression)? in
            if let text = part.scalar?.string, part.scalar?.style == .plain,
                text == "$" || text.allSatisfy({ $0 == "^" }),
                !text.isEmpty
            {
                let object = text == "$" ? "the whole message" : "the object around the item"
                reader.add(
                    part, "text-or-path",
                    "\(what), concat: \(text) is \(object), not a text; write \"\(text)\" for the text, or a path in it"
                )
                return nil
            }
            return value(part, what: "\(what), concat", constants: true)
        }
        if reader.hasErrors(since: before) { return nil }
        guard compiled.contains(where: { !($0 is Constant) }) else {
            reader.add(node, "constant", "\(what), concat: all its parts are constants; write the text with 'value:'")
            return nil
        }
        return Concatenation(compiled, separator: separator)
    }

    private func choice(_ node: Node, what: String, isOptional: Bool) -> (any Expression)? {
        var branches: [(condition: Condition?, then: any Expression)] = []
        for element in reader.elements(node, what: "\(what), choose", allowsEmpty: false) {
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
        let choice = Choice(branches, isOptional: isOptional)
        reader.branchPoints.append(choice.branchPoint(named: "\(what), choose"))
        return choice
    }

    private func branchValue(_ node: Node, what: String) -> (any Expression)? {
        guard let scalar = node.scalar else { return value(node, what: what) }
        return pathOrConstant(scalar, node, what: what)
    }

    /// Converts a YAML node to a JSON constant.
    /// Names inside a constant become names of fields.
    private func checkNames(_ node: Node) {
        for (key, value) in node.mapping ?? [:] {
            FieldNames.check(key.scalar?.string ?? "", key, reader, isTopLevel: false)
            checkNames(value)
        }
        for element in node.sequence ?? [] { checkNames(element) }
    }

    func constant(_ node: Node) -> Constant? {
        guard let scalar = node.scalar else {
            if storesFields { checkNames(node) }
            var json: [UInt8] = []
            YAMLValue.appendJSON(node, to: &json)
            return Constant(json: String(decoding: json, as: UTF8.self))
        }
        switch YAMLValue.kind(of: scalar) {
        case .null:
            if scalar.string.isEmpty {
                reader.add(node, "type", "expected a value, found nothing; write null for null, or \"\" for no text")
                return nil
            }
            return .null
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
