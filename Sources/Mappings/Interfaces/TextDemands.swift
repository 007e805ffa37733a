internal import JSON

/// Collects what a mapping needs of paths, parameters and headers, value by value.
struct TextDemands {
    private(set) var parameters: [(name: String, demand: Demand)] = []
    private(set) var headers: [(name: String, demand: Demand)] = []
    /// Paths of the message, with what their values must be.
    private(set) var paths: [(path: Path, demand: Demand)] = []
    /// Whether all values of the message are texts, as in a form.
    var isForm = false

    /// Adds what a value needs so that it becomes what is wanted.
    mutating func read(_ value: any Expression, _ want: Want) {
        switch value {
        case let value as Captured: read(value.value, want)
        case let value as Sum:
            for part in value.parts where !(part is Constant) {
                read(part, want.isStrict ? Want(isStrict: true, types: .number) : .open)
            }
        case let value as SlotValue: paths.append((value.path, demand(want)))
        case let value as PathValue: paths.append((value.path, demand(want)))
        case let value as ParameterText: parameters.merge(text(want), named: value.name)
        case let value as HeaderText: headers.merge(text(want), named: value.name.lowercased())
        case let value as Piped: read(value, want)
        case let value as FirstOf:
            // Only the first is read in any case.
            var first = want
            (first.isRequired, first.isNullable) = (false, true)
            first.schema = want.schema.map { Self.orNull($0) }
            for (index, one) in value.all.enumerated() { read(one, index == 0 ? first : .open) }
        case let value as Concatenation:
            let parts = value.parts.filter { !($0 is Constant) }
            for part in parts {
                let isNeeded = want.isRequired && want.isStrict && parts.count == 1
                read(
                    part,
                    Want(
                        isRequired: isNeeded, isNullable: !isNeeded, isStrict: want.isStrict,
                        types: want.isStrict ? [.string, .number, .boolean] : .any))
            }
        case let value as Choice:
            for branch in value.branches {
                if let condition = branch.condition { note(condition) }
                read(branch.then, .open)
            }
        case let value as ObjectValue:
            for field in value.fields { read(field.value, Want(isStrict: want.isStrict)) }
        default: break
        }
    }

    private func demand(_ want: Want) -> Demand {
        var demand = want.demand
        guard isForm else { return demand }
        // A name that is there several times is a list.
        demand.types =
            want.schema == nil || want.types != .any ? want.types.intersection([.string, .array]) : .any
        return demand
    }

    private func text(_ want: Want) -> Demand {
        var demand = want.demand
        // A parameter is a text, or not there.
        demand.types = want.schema == nil || want.types != .any ? .string : .any
        return demand
    }

    private mutating func read(_ value: Piped, _ want: Want) {
        for step in value.steps { note(step) }
        guard want.isStrict, let first = value.steps.first else { return read(value.source, .open) }
        if value.steps.count == 1, first is ToInteger, isText(value.source) {
            var whole = want
            whole.schema = want.schema ?? ["type": "integer", "format": "int64"]
            if value.source is ParameterText || value.source is HeaderText { return read(value.source, whole) }
            whole.types = .any
            return read(value.source, whole)
        }
        let passesAbsent = value.steps.allSatisfy(\.keepsAbsent)
        var input = Want(isStrict: true)
        input.isRequired = want.isRequired && passesAbsent && !value.steps.contains { $0 is Blank }
        input.isNullable = passesAbsent ? want.isNullable : true
        input.types = JSONTypes(first.accepts).subtracting(.null)
        if let table = first as? ValueTable {
            if let keys = keys(of: table, isNullable: input.isNullable) {
                (input.schema, input.types) = (keys, .string)
            } else if !table.refusesOthers {
                // It replaces lists and objects too.
                input.types = .any
            }
        }
        read(value.source, input)
        if let each = first as? Each,
            let place = (value.source as? SlotValue)?.path ?? (value.source as? PathValue)?.path
        {
            var inside = TextDemands()
            inside.read(each.body, Want(isStrict: true))
            for (path, demand) in inside.paths where path.base == .item {
                paths.append(
                    (Path(base: place.base, steps: place.steps + [.all(isOptional: true)] + path.steps), demand))
            }
        }
    }

    private func isText(_ value: any Expression) -> Bool {
        value is ParameterText || value is HeaderText || (isForm && (value is SlotValue || value is PathValue))
    }

    /// The keys of a table, where no other value is taken; nil if they could be numbers or flags.
    private func keys(of table: ValueTable, isNullable: Bool) -> JSONValue? {
        guard table.refusesOthers, table.known.count <= Self.mostKeys,
            table.known.allSatisfy({ !["true", "false"].contains($0) && !Self.looksLikeNumber($0) })
        else { return nil }
        return ["enum": .list(table.known.map { .text($0) } + (isNullable ? [.null] : []))]
    }

    /// Keys of the longest table that is shown.
    private static let mostKeys = 100

    static func looksLikeNumber(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { Decimals.isJSONNumber($0) }
    }

    static func orNull(_ schema: JSONValue) -> JSONValue { ["anyOf": [schema, ["type": "null"]]] }

    // MARK: What is read, and may be anything

    mutating func note(_ condition: Condition) {
        switch condition {
        case .all(let all), .any(let all): for one in all { note(one) }
        case .not(let one): note(one)
        case .test(let value, let test):
            read(value, .open)
            if case .equals(let other, _) = test { read(other, .open) }
        }
    }

    private mutating func note(_ step: any Transform) {
        switch step {
        case let step as Default: read(step.other, .open)
        case let step as Sequenced: for one in step.steps { note(one) }
        case let step as Each:
            var inside = TextDemands()
            inside.read(step.body, .open)
            for (name, demand) in inside.parameters { parameters.merge(demand, named: name) }
            for (name, demand) in inside.headers { headers.merge(demand, named: name) }
        default: break
        }
    }

    /// A condition that holds for every message that is taken.
    mutating func require(_ condition: Condition) {
        switch condition {
        case .all(let all): for one in all { require(one) }
        case .test(let value, .exists(true)):
            read(value, Want(isRequired: true, isNullable: false, isStrict: true))
        case .test(let value, .startsWith):
            read(value, Want(isRequired: true, isNullable: false, isStrict: true, types: [.string, .number, .boolean]))
        case .test(let value, .compares):
            read(value, Want(isRequired: true, isNullable: false, isStrict: true, types: [.string, .number]))
        case .test(let value, .among(let constants, isWanted: true)):
            let words = constants.compactMap { constant -> String? in
                guard case .text(let text) = constant.value else { return nil }
                return text.string
            }
            // A number is equal to its text.
            guard words.count == constants.count, !words.contains(where: Self.looksLikeNumber), !(value is Piped) else {
                return note(condition)
            }
            read(
                value,
                Want(
                    schema: ["enum": .list(words.map { .text($0) })], isRequired: true, isNullable: false,
                    isStrict: true
                ))
        default: note(condition)
        }
    }
}
