package import JSON
internal import Schemas

/// What the requests of a route, or the messages of a queue, must be: derived from its mapping and its definitions.
package struct RequestForm {
    /// The schema of the body; nil if it has none.
    package private(set) var body: JSONValue?
    /// Whether a body must be sent.
    package private(set) var isBodyRequired = false
    /// Parameters, by name, as far as the mapping reads them.
    package private(set) var parameters: [Text] = []
    /// Headers that the mapping reads, in lower case.
    package private(set) var headers: [Text] = []
    /// Schemas of items of lists, by name.
    package private(set) var components: [JSONValue.Member] = []

    /// A parameter or header.
    package struct Text {
        package var name: String
        package var isRequired: Bool
        package var schema: JSONValue
    }

    /// `name`: of the route, which names components.
    package init(of route: RouteMapping, endpoint: HTTPEndpoint?, definitions: DefinitionSchemas) {
        if let read = route.read {
            parameters = Self.texts(ReadDemands(read).parameters)
            return
        }
        let all = route.shapes.map { shape in
            var demands = ShapeDemands(shape, definitions: definitions, isForm: endpoint?.body == .form)
            demands.note(route.answers)
            return demands
        }
        addBody(all.map(\.body), of: route, endpoint, definitions)
        parameters = Self.texts(Self.common(all.map(\.parameters)))
        headers = Self.texts(Self.common(all.map(\.headers)))
    }

    private mutating func addBody(
        _ all: [Demand], of route: RouteMapping, _ endpoint: HTTPEndpoint?, _ definitions: DefinitionSchemas
    ) {
        switch endpoint?.body {
        case .some(.none): return
        case .text:
            body = ["type": "string"]
        case .json, .form, nil:
            var components: [JSONValue.Member] = []
            let schemas = all.map { demand in
                demand.schema { item in
                    if let known = components.first(where: { $0.value == item }) {
                        return definitions.reference(toComponent: known.name)
                    }
                    let name = components.isEmpty ? "\(route.name).item" : "\(route.name).item\(components.count + 1)"
                    components.append(.init(name, item))
                    return definitions.reference(toComponent: name)
                }
            }
            var different: [JSONValue] = []
            for schema in schemas where !different.contains(schema) { different.append(schema) }
            if route.ignoresOthers, all.allSatisfy({ !$0.isOpen }) {
                different.append(["description": "Anything else is let go, and changes nothing."])
            }
            body = different.count == 1 ? different[0] : ["anyOf": .list(different)]
            self.components = components
        }
        // No text is a text, and no fields are a form; JSON is something, unless the route lets go what is not.
        isBodyRequired =
            switch endpoint?.body {
            case .text: false
            case .form:
                !route.ignoresOthers && all.allSatisfy { $0.members.contains(where: \.demand.isRequired) }
            default: !route.ignoresOthers
            }
    }

    private static func texts(_ demands: [(name: String, demand: Demand)]) -> [Text] {
        demands.map { Text(name: $0.name, isRequired: $0.demand.isRequired, schema: $0.demand.schema()) }
    }

    /// What all shapes need; what only some need is open.
    private static func common(_ all: [[(name: String, demand: Demand)]]) -> [(name: String, demand: Demand)] {
        var names: [String] = []
        for name in all.flatMap({ $0.map(\.name) }) where !names.contains(name) { names.append(name) }
        return names.map { name in
            let demands = all.compactMap { one in one.first { $0.name == name }?.demand }
            let isSame =
                demands.count == all.count && demands.dropFirst().allSatisfy { $0.schema() == demands[0].schema() }
            var demand = isSame ? demands[0] : Demand(types: .string)
            demand.isRequired = demands.count == all.count && demands.allSatisfy(\.isRequired)
            return (name, demand)
        }
    }
}

/// What requests that read must be.
struct ReadDemands {
    private(set) var parameters: [(name: String, demand: Demand)] = []

    init(_ read: ReadShape) {
        for condition in read.conditions {
            var texts = TextDemands()
            texts.read(
                condition.value,
                Want(
                    schema: Self.schema(of: condition.kind), isRequired: read.list == nil, isNullable: read.list != nil,
                    isStrict: true))
            for (name, demand) in texts.parameters { parameters.merge(demand, named: name) }
        }
    }

    private static func schema(of kind: BSONKind) -> JSONValue? {
        switch kind {
        case .long: ["type": "integer", "format": "int64"]
        case .double, .decimal: ["type": "number"]
        case .objectId: ["type": "string", "pattern": "^[0-9A-Fa-f]{24}$"]
        default: nil
        }
    }
}

/// What a value must be for the place it goes to.
struct Want {
    var schema: JSONValue?
    var isRequired = false
    var isNullable = true
    /// Whether a message is refused whose value cannot be made.
    var isStrict = false
    /// Types that the place takes; null is said by ``isNullable``.
    var types = JSONTypes.any

    /// Nothing is known.
    static let open = Want()

    var demand: Demand {
        // The schema says itself whether it takes null.
        let isOpen = types == .any && schema != nil
        return Demand(
            isRequired: isRequired, types: isOpen || isNullable ? types.union(.null) : types.subtracting(.null),
            schema: schema)
    }
}

extension [(name: String, demand: Demand)] {
    mutating func merge(_ demand: Demand, named name: String) {
        if let index = firstIndex(where: { $0.name == name }) {
            self[index].demand.merge(demand)
        } else {
            append((name, demand))
        }
    }
}
