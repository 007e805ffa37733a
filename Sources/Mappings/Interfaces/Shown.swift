internal import JSON
internal import Schemas

/// What a value of an answer or a message can be, as far as a mapping and a definition show.
struct Shown {
    var types = JSONTypes.any.subtracting(.null)
    /// Further keywords of its schema.
    var keywords: [JSONValue.Member] = []
    var mayBeNull = true
    var mayBeMissing = true

    static let anything = Shown()

    var schema: JSONValue {
        let all = mayBeNull ? types.union(.null) : types
        var schema = all.schema
        for keyword in keywords { schema[keyword.name] = keyword.value }
        return schema
    }

    /// Either.
    func union(_ other: Shown) -> Shown {
        Shown(
            types: types.union(other.types), keywords: keywords == other.keywords ? keywords : [],
            mayBeNull: mayBeNull || other.mayBeNull, mayBeMissing: mayBeMissing || other.mayBeMissing)
    }
}

/// Derives what values can be from what is at the paths they read.
struct ShownReader {
    /// What is at a path.
    let place: (Path) -> Shown
    /// Whether missing members of objects become null.
    var fillsNull = false

    func shown(_ value: any Expression) -> Shown {
        switch value {
        case let value as SlotValue: return place(value.path)
        case let value as PathValue: return place(value.path)
        case let value as Constant: return Self.shown(value)
        case let value as Piped: return shown(value)
        case let value as FirstOf:
            let all = value.all.map { shown($0) }
            guard var first = all.first else { return .anything }
            for one in all.dropFirst() { first = first.union(one) }
            // One that is always there ends it.
            if all.contains(where: { !$0.mayBeNull && !$0.mayBeMissing }) {
                (first.mayBeNull, first.mayBeMissing) = (false, false)
            }
            return first
        case let value as Choice:
            guard var first = value.branches.first.map({ shown($0.then) }) else { return .anything }
            for branch in value.branches.dropFirst() { first = first.union(shown(branch.then)) }
            if value.isOptional, !value.branches.contains(where: { $0.condition == nil }) { first.mayBeMissing = true }
            return first
        case let value as ObjectValue: return object(value)
        case is Concatenation: return Shown(types: .string, mayBeNull: false)
        case is ParameterText: return Shown(types: .string, mayBeNull: false)
        case let value as DeliveryValue:
            guard value.fact != .index else { return Shown(types: .integer, mayBeNull: false, mayBeMissing: false) }
            return Shown(types: .string, mayBeNull: false)
        case is NewUUID:
            return Shown(
                types: .string, keywords: [.init("format", "uuid")], mayBeNull: false, mayBeMissing: false)
        case is NextNumber: return Shown(types: .integer, mayBeNull: false, mayBeMissing: false)
        default: return Self.shown(value.types)
        }
    }

    private static func shown(_ types: ValueTypes) -> Shown {
        Shown(
            types: JSONTypes(types).subtracting(.null), mayBeNull: types.contains(.absent),
            mayBeMissing: types.contains(.absent))
    }

    private static func shown(_ constant: Constant) -> Shown {
        if constant.types == .absent { return Shown(types: [], mayBeNull: true, mayBeMissing: false) }
        var text: [UInt8] = []
        constant.value.append(to: &text)
        let types = JSONTypes(constant.types).subtracting(.null)
        return Shown(
            types: types,
            keywords: JSONValue(text: String(decoding: text, as: UTF8.self)).map { [.init("const", $0)] } ?? [],
            mayBeNull: false, mayBeMissing: false)
    }

    private func shown(_ value: Piped) -> Shown {
        let source = shown(value.source)
        var types = source.types.valueTypes
        if source.mayBeNull || source.mayBeMissing { types.insert(.absent) }
        for step in value.steps { types = step.types(of: types) }
        var shown = Self.shown(types)
        switch value.steps.last {
        case is ToInteger: shown.types = .integer
        case let table as ValueTable:
            if let words = table.words, !shown.mayBeNull {
                shown.keywords = [.init("enum", .list(Set(words).sorted().map { .text($0) }))]
            }
        case let each as Each:
            let inside = ShownReader(place: { _ in .anything }, fillsNull: fillsNull)
            shown.keywords = [.init("items", inside.shown(each.body).schema)]
        default: break
        }
        return shown
    }

    private func object(_ value: ObjectValue) -> Shown {
        let all = zip(value.names, value.fields).map { (name: $0, shown: shown($1.value)) }
        // With none of them there is no object.
        let mayBeMissing = all.allSatisfy(\.shown.mayBeMissing)
        return Shown(
            types: .object, keywords: Self.keywords(of: all, fillsNull: value.fillsNull), mayBeNull: false,
            mayBeMissing: mayBeMissing)
    }

    static func keywords(of fields: [(name: String, shown: Shown)], fillsNull: Bool) -> [JSONValue.Member] {
        let properties = fields.map { field in
            var shown = field.shown
            if fillsNull, shown.mayBeMissing { shown.mayBeNull = true }
            return JSONValue.Member(field.name, shown.schema)
        }
        let required = fields.filter { fillsNull || !$0.shown.mayBeMissing }.map { JSONValue.text($0.name) }
        return [.init("properties", .object(properties))]
            + (required.isEmpty ? [] : [.init("required", .list(required))])
    }
}

extension Definition {
    /// What a field of a stored record is, as JSON shows it. Its rules are not repeated: they may have changed since it was
    /// stored.
    func shown(stored name: String) -> Shown {
        if name == "_id" || name == "companyId" { return Shown(types: .string, mayBeNull: false, mayBeMissing: false) }
        guard let field = fields.first(where: { $0.name == name }) else { return .anything }
        var keywords: [JSONValue.Member] = []
        if field.bson == .date { keywords.append(.init("format", "date-time")) }
        if let text = field.description ?? field.title { keywords.append(.init("description", .text(text))) }
        return Shown(
            types: JSONTypes(field.bson).subtracting(.null), keywords: keywords, mayBeNull: !field.isKey,
            mayBeMissing: !field.isKey)
    }

    /// What a field of an item that is valid is.
    func shown(given name: String) -> Shown {
        guard let field = fields.first(where: { $0.name == name }) else { return .anything }
        return Shown(
            types: JSONTypes(field.bson).subtracting(.null),
            keywords: (field.description ?? field.title).map { [.init("description", .text($0))] } ?? [],
            mayBeNull: !field.isKey, mayBeMissing: !field.isKey)
    }
}
