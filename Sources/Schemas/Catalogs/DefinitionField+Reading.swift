import JSON

extension DefinitionField {
    /// Reads the properties of a compiled definition, in order.
    static func all(
        of header: DefinitionHeader, in document: SchemaDocument, _ program: SchemaProgram
    ) throws(SchemaError) -> [DefinitionField] {
        try document.json.withRoot { root throws(SchemaError) in
            var fields: [DefinitionField] = []
            guard let properties = root["properties"] else { return fields }
            for (name, schema) in properties.members {
                let shape = program.code.member(name.utf8, of: program.entry).map { program.code.shape(of: $0) }
                fields.append(try DefinitionField(name, schema, shape, header, document))
            }
            return fields
        }
    }

    private static let assertions: Set = [
        "type", "enum", "const", "format", "pattern", "minLength", "maxLength", "minimum", "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum", "multipleOf", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties",
    ]

    private init(
        _ name: JSONNode, _ schema: JSONNode, _ shape: ValueShape?, _ header: DefinitionHeader,
        _ document: SchemaDocument
    ) throws(SchemaError) {
        func fail(_ message: String, _ node: JSONNode) -> SchemaError {
            document.error(.invalidDefinition, message, at: node.index)
        }
        let bytes = ByteString(copying: name.utf8)
        let isKey = header.key.contains { ByteString($0) == bytes }
        let bson = shape?.bson ?? .any
        let isNullable = shape?.isNullable ?? true
        // Only strings and longs have a single representation in a record's _id.
        if isKey, isNullable || (bson != .string && bson != .long) {
            throw fail("the key field \(bytes) must be of type string or integer, without null", schema)
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
            name: bytes.description, bson: bson, isNullable: isNullable, isRequired: header.required.contains(bytes),
            isKey: isKey, isSecret: shape?.isSecret ?? false, reference: schema["x-ref"]?.string,
            referencePolicy: policy,
            rules: schema.members.compactMap { $0.name.string }.filter { Self.assertions.contains($0) },
            title: schema["title"]?.string, description: schema["description"]?.string)
    }
}
