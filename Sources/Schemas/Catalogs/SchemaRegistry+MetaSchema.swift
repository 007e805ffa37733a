import JSON

extension SchemaRegistry {
    private static let draft202012: Result<SchemaProgram, SchemaError> = Result { () throws(SchemaError) in
        try SchemaRegistry().compile(Vocabularies.draft202012URI, assertFormats: true)
    }

    /// Validates a schema against the meta-schema named by its `$schema`.
    package func metaSchemaErrors(of uri: String, limit: Int = 20) throws(SchemaError) -> [SchemaError] {
        guard let number = resource(named: SchemaURI(uri).withoutFragment) else {
            throw SchemaError(.unresolvedReference, "no schema is known by \(uri)", file: nil)
        }
        let resource = resources[number]
        _ = try vocabularies(of: resource)
        let dialect = resource.dialect.map { SchemaURI($0).withoutFragment } ?? Vocabularies.draft202012URI
        let program =
            dialect == Vocabularies.draft202012URI
            ? try Self.draft202012.get() : try compile(dialect, assertFormats: true)
        return errors(of: resource, by: program, limit: limit)
    }

    /// Validates a definition against the meta-schema of definitions.
    func definitionErrors(of uri: String) throws(SchemaError) -> [SchemaError] {
        guard let number = resource(named: uri) else { return [] }
        return errors(of: resources[number], by: try Self.definition.get(), limit: 20)
    }

    private static let definition: Result<SchemaProgram, SchemaError> = Result { () throws(SchemaError) in
        try SchemaRegistry().compile(DefinitionHeader.dialect + ":root", assertFormats: true)
    }

    private func errors(of resource: SchemaResource, by program: SchemaProgram, limit: Int) -> [SchemaError] {
        let document = documents[resource.document]
        return document.json.withNode(resource.root) { root in
            let base = document.pointer(to: resource.root)
            return program.validate(root, limit: limit).map { violation in
                let node = violation.pointer.resolve(in: root) ?? root
                return SchemaError(
                    .metaSchema, violation.text, file: document.file,
                    position: document.json.position(ofByte: node.byteOffset),
                    pointer: JSONPointer(base.tokens + violation.pointer.tokens))
            }
        }
    }
}
