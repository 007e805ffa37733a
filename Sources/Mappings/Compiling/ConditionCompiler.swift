internal import Yams

/// Compiles conditions.
struct ConditionCompiler {
    private let values: ValueCompiler

    init(values: ValueCompiler) {
        var values = values
        values.newKeys = nil
        self.values = values
    }

    private var reader: NodeReader { values.reader }

    func condition(_ node: Node, what: String) -> Condition? {
        guard let members = reader.members(node, Language.condition, what: what) else { return nil }
        let groups = members.all.filter { ["all", "any", "not"].contains($0.name) }
        if let group = groups.first {
            if members.all.count > 1 {
                reader.add(
                    group.key, "condition", "\(what): '\(group.name):' must be alone; move the other keys into it")
                return nil
            }
            return self.group(group.name, group.value, what: what)
        }
        let asked = members.all.filter { Language.tests.contains($0.name) }
        guard let first = asked.first, asked.count <= 2 else {
            let tests = Language.tests.map { "'\($0):'" }.joined(separator: ", ")
            reader.add(node, "condition", "\(what): the condition needs a test: \(tests)")
            return nil
        }
        if let onError = members.key("onError") {
            reader.add(onError, "misplaced-field", "\(what): only a field of the record can have 'onError:'")
        }
        guard let value = values.compile(members, what: what), let test = test(first.name, first.value, what: what)
        else {
            return nil
        }
        guard asked.count == 2 else { return .test(value, test) }
        guard let other = self.test(asked[1].name, asked[1].value, what: what) else { return nil }
        return .all([.test(value, test), .test(value, other)])
    }

    private func group(_ name: String, _ node: Node, what: String) -> Condition? {
        if name == "not" { return condition(node, what: what).map { .not($0) } }
        let all = reader.elements(node, what: "\(what), \(name)").compactMap { condition($0, what: what) }
        guard !all.isEmpty else {
            reader.add(node, "condition", "\(what): '\(name):' needs a condition")
            return nil
        }
        return name == "all" ? .all(all) : .any(all)
    }

    private func test(_ name: String, _ node: Node, what: String) -> Condition.Test? {
        switch name {
        case "exists": return reader.bool(node, what: "exists").map { .exists($0) }
        case "equals" where node.mapping != nil, "notEquals" where node.mapping != nil:
            return values.value(node, what: "\(what), \(name)").map { .equals($0, isWanted: name == "equals") }
        case "equals", "notEquals": return scalar(node, what: name).map { .among([$0], isWanted: name == "equals") }
        case "in", "notIn":
            let all = reader.elements(node, what: name, allowsEmpty: false).compactMap { scalar($0, what: name) }
            return all.isEmpty ? nil : .among(all, isWanted: name == "in")
        case "olderThan", "newerThan":
            return reader.milliseconds(node, what: name, context: values.context).map {
                .isOlder(than: $0, isWanted: name == "olderThan")
            }
        case "startsWith": return reader.text(node, what: name).map { .startsWith(Constants($0)) }
        default:
            guard let constant = scalar(node, what: name) else { return nil }
            guard constant.types == .number else {
                reader.add(node, "type", "\(name): expected a number, found \(NodeReader.shown(node))")
                return nil
            }
            let wanted = ["above": [1], "atLeast": [0, 1], "below": [-1], "atMost": [-1, 0]][name] ?? []
            return .compares(constant, wanted: wanted)
        }
    }

    private func scalar(_ node: Node, what: String) -> Constant? {
        guard node.scalar != nil else {
            reader.add(node, "type", "\(what): expected a single value, found \(NodeReader.shown(node))")
            return nil
        }
        return values.constant(node)
    }
}
