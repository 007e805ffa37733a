internal import JSON

/// What a part of a message must be so that a mapping can take it. What cannot be known is left open: a message that does
/// not meet it is refused, one that does may be refused for other reasons.
struct Demand: Sendable {
    var isRequired = false
    var types = JSONTypes.any
    /// Whether it is a list of items, which may be one item in place of the list.
    var isListOfItems = false
    /// Further schemas that hold.
    private(set) var schemas: [JSONValue] = []
    private(set) var members: [(name: String, demand: Demand)] = []
    private var ofElements: [Demand] = []

    init(isRequired: Bool = false, types: JSONTypes = .any, schema: JSONValue? = nil) {
        self.isRequired = isRequired
        self.types = types
        add(schema: schema)
    }

    var isOpen: Bool {
        types == .any && schemas.isEmpty && members.allSatisfy { !$0.demand.isRequired && $0.demand.isOpen }
            && ofElements.allSatisfy(\.isOpen)
    }

    /// Whether any member is named.
    var namesMembers: Bool { !members.isEmpty }

    private mutating func add(schema: JSONValue?) {
        guard let schema, schema != .object([]), !schemas.contains(schema) else { return }
        schemas.append(schema)
    }

    /// Both must hold.
    mutating func merge(_ other: Demand) {
        isRequired = isRequired || other.isRequired
        types = types.intersection(other.types)
        isListOfItems = isListOfItems || other.isListOfItems
        for schema in other.schemas { add(schema: schema) }
        for (name, demand) in other.members { merge(demand, intoMember: name) }
        for demand in other.ofElements { mergeIntoElements(demand) }
    }

    private mutating func merge(_ demand: Demand, intoMember name: String) {
        if let index = members.firstIndex(where: { $0.name == name }) {
            members[index].demand.merge(demand)
        } else {
            members.append((name, demand))
        }
    }

    private mutating func mergeIntoElements(_ demand: Demand) {
        if ofElements.isEmpty { ofElements = [demand] } else { ofElements[0].merge(demand) }
    }

    /// Adds what the value at the end of a path must be. What is required within a list is required of each element.
    mutating func add(_ demand: Demand, at steps: ArraySlice<Path.Step>) {
        guard let step = steps.first else { return merge(demand) }
        var inner = Demand()
        inner.add(demand, at: steps.dropFirst())
        switch step {
        case .name(let name):
            // What is required at the path's end requires all on the way.
            inner.isRequired = demand.isRequired && !steps.dropFirst().contains { $0.isAll }
            if inner.isRequired { types = types.intersection(.object) }
            merge(inner, intoMember: name.description)
        case .all: mergeIntoElements(inner)
        case .index: break
        }
    }

    // MARK: As JSON Schema

    /// `naming`: gives the schema of an item of a list a name, and returns the reference to it.
    func schema(naming: ((JSONValue) -> JSONValue)? = nil) -> JSONValue {
        if isListOfItems, let element = ofElements.first {
            let item = element.schema(naming: naming)
            let named = naming.map { $0(item) } ?? item
            var forms: [JSONValue] = [["type": "array", "items": named], named]
            if types.contains(.null) { forms.append(["type": "null"]) }
            return ["anyOf": .list(forms)]
        }
        var own = types.schema
        if !members.isEmpty {
            own["properties"] = .object(members.map { .init($0.name, $0.demand.schema(naming: naming)) })
            let required = members.filter(\.demand.isRequired).map { JSONValue.text($0.name) }
            if !required.isEmpty { own["required"] = .list(required) }
        }
        if let element = ofElements.first {
            own["items"] = element.schema(naming: naming)
        }
        if schemas.isEmpty { return own }
        if own == .object([]), schemas.count == 1 { return schemas[0] }
        if schemas.count == 1, types != .any, schemas[0]["type"] == nil,
            Set(own.members.map(\.name)).isDisjoint(with: schemas[0].members.map(\.name))
        {
            return .object(own.members + schemas[0].members)
        }
        own["allOf"] = .list(schemas)
        return own
    }
}
