import JSON

/// Caches compiled definitions of dynamic fields; recompiles one only when its document changes.
package struct DynamicDefinitions: Sendable {
    private struct Compiled: Sendable {
        let field: DynamicField
        let definition: Result<Definition, SchemaErrors>
    }

    private var compiled: [String: Compiled] = [:]

    package init() {}

    /// Adds the catalogs of these fields to the table and drops those of earlier calls. The fields come live from a
    /// collection, so an invalid one does not stop the others: it is skipped and reported. A catalog already in the
    /// table keeps its definition.
    package mutating func add(
        _ fields: [DynamicField], to catalogs: Catalogs
    ) -> (catalogs: Catalogs, errors: [SchemaError]) {
        let parser = JSONParser()
        var owners: [String: String] = [:]
        for definition in catalogs.all { owners[definition.collection] = definition.catalog }
        var kept: [String: Compiled] = [:]
        var definitions = catalogs.all
        var errors: [SchemaError] = []
        for field in fields where catalogs[field.catalog] == nil {
            if kept[field.code] != nil {
                errors.append(
                    SchemaError(
                        .duplicate,
                        "a second document has the code \(FoundPhrase.quoted(field.code)) and is left out; keep one",
                        file: field.definition?.name))
                continue
            }
            let before = compiled[field.code].flatMap { $0.field == field ? $0 : nil }
            let one = before ?? Compiled(field: field, definition: Self.compile(field, parser))
            kept[field.code] = one
            switch one.definition {
            case .failure(let failure): errors.append(contentsOf: failure.errors)
            case .success(let definition):
                if let other = owners[definition.collection] {
                    errors.append(.sharedCollection(definition, with: other))
                } else {
                    owners[definition.collection] = definition.catalog
                    definitions.append(definition)
                }
            }
        }
        compiled = kept
        return (definitions.count == catalogs.all.count ? catalogs : Catalogs(definitions), errors)
    }

    private static func compile(_ field: DynamicField, _ parser: JSONParser) -> Result<Definition, SchemaErrors> {
        func refused(_ code: SchemaError.Code, _ message: String) -> Result<Definition, SchemaErrors> {
            .failure(SchemaErrors(errors: [SchemaError(code, message, file: field.definition?.name)]))
        }
        guard CatalogName.isCatalog(field.catalog) else {
            return refused(
                .invalidDefinition,
                "the code \(FoundPhrase.quoted(field.code)) cannot name a catalog; use up to 57 letters, digits, _ or -"
            )
        }
        let file = field.file
        guard file.bytes.count <= DynamicField.maximumBytes else {
            return refused(
                .tooComplex,
                "the definition has \(file.bytes.count) bytes, and at most \(DynamicField.maximumBytes) are taken; put it into"
                    + " the directory of definitions")
        }
        var errors: [SchemaError] = []
        do throws(SchemaError) {
            let document = try file.parse(with: parser)
            let found = DefinitionDirectory(documents: [(file.name, document)]).compile(&errors).first
            guard errors.isEmpty else { return .failure(SchemaErrors(errors: errors)) }
            guard let found, found.catalog == field.catalog else {
                return refused(
                    .invalidDefinition,
                    "the definition of the dynamic field \(field.code) must be of the catalog \(field.catalog)")
            }
            return .success(found)
        } catch {
            return .failure(SchemaErrors(errors: [error]))
        }
    }
}
