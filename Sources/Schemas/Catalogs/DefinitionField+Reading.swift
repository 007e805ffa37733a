import Documents

extension DefinitionField {
    /// Reads a property of a definition.
    init(
        _ name: String, _ schema: JSONNode, isKey: Bool, isRequired: Bool,
        _ fail: (String, JSONNode?) -> SchemaError
    ) throws(SchemaError) {
        var types: Set<String> = []
        if let type = schema["type"] {
            types = type.isArray ? Set(type.elements.compactMap(\.string)) : Set([type.string].compactMap(\.self))
        }
        let hasTypes = !types.isEmpty
        let isNullable = types.remove("null") != nil || !hasTypes
        var bson = Self.kind(of: types)
        if let value = schema["x-bson"] {
            guard let kind = value.string.flatMap({ BSONKind(name: $0) }) else {
                throw fail(
                    "x-bson must be string, bool, long, double, decimal, date, objectId, object or array", value)
            }
            bson = kind
        }
        if isKey {
            // Of these two every value has one spelling in a record's _id.
            guard hasTypes, !isNullable, bson == .string || bson == .long else {
                throw fail("the key field \(name) must be of type string or integer, without null", schema)
            }
        }
        var policy = ReferencePolicy.none
        if let value = schema["x-ref-policy"] {
            guard let known = value.string.flatMap({ ReferencePolicy(rawValue: $0) }) else {
                throw fail("x-ref-policy must be none, warn or reject", value)
            }
            policy = known
        }
        if let value = schema["x-ref"], !(value.string.map(CatalogName.isCatalog) ?? false) {
            throw fail("x-ref must be the name of a catalog", value)
        }
        self.init(
            name: name, bson: bson, isNullable: isNullable, isRequired: isRequired, isKey: isKey,
            isSecret: schema["x-secret"]?.bool == true, reference: schema["x-ref"]?.string, referencePolicy: policy,
            title: schema["title"]?.string, description: schema["description"]?.string)
    }

    /// What a value becomes where x-bson does not say: by its type, if there is only one.
    private static func kind(of types: Set<String>) -> BSONKind {
        if types == ["integer", "number"] { return .double }
        guard types.count == 1, let type = types.first else { return .any }
        return switch type {
        case "string": .string
        case "boolean": .bool
        case "integer": .long
        case "number": .double
        case "object": .object
        case "array": .array
        default: .any
        }
    }
}
