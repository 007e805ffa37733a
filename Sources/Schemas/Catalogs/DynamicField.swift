import Documents

/// A dynamic field that was made in the console: each has a catalog of its own, `catalog` and its code.
package struct DynamicField: Sendable {
    package let code: String
    /// What people call it.
    package let title: String?
    /// The catalog's definition; without one its records have a code and a name.
    package let definition: DefinitionFile?

    package init(code: String, title: String? = nil, definition: DefinitionFile? = nil) {
        self.code = code
        self.title = title
        self.definition = definition
    }

    var catalog: String { CatalogName.prefix + code }

    /// The definition, written out where none was given.
    var file: DefinitionFile {
        if let definition { return definition }
        var quoted: [UInt8] = []
        JSONText.append(string: title ?? code, to: &quoted)
        let title = String(decoding: quoted, as: UTF8.self)
        let text = """
            {
              "$schema": "\(DefinitionHeader.dialect)",
              "title": \(title),
              "x-catalog": "\(catalog)",
              "x-key": ["code"],
              "type": "object",
              "required": ["code", "name"],
              "properties": {
                "code": {"type": "string", "minLength": 1, "maxLength": 256},
                "name": {"type": "string", "minLength": 1}
              }
            }
            """
        return DefinitionFile(name: "dynamicField \(code)", bytes: Array(text.utf8))
    }
}

extension Catalogs {
    /// This table with the catalogs of dynamic fields. They come live from a collection, so one that is wrong does not stop
    /// the others: it is left out and told. A catalog that this table has keeps its definition.
    package func adding(dynamicFields: [DynamicField]) -> (catalogs: Catalogs, errors: [SchemaError]) {
        var catalogs = self
        var errors: [SchemaError] = []
        for field in dynamicFields where catalogs[field.catalog] == nil {
            do {
                catalogs = try catalogs.adding(field)
            } catch {
                errors.append(contentsOf: error.errors)
            }
        }
        return (catalogs, errors)
    }

    private func adding(_ field: DynamicField) throws(SchemaErrors) -> Catalogs {
        guard CatalogName.isCatalog(field.catalog) else {
            let message =
                "the code \(FoundPhrase.quoted(field.code)) cannot name a catalog; use up to 57 letters, digits, _ or -"
            throw SchemaErrors(errors: [SchemaError(.invalidDefinition, message, file: field.definition?.name)])
        }
        let file = field.file
        let catalogs = try adding(files: [file])
        guard catalogs[field.catalog] != nil else {
            let message = "the definition of the dynamic field \(field.code) must be of the catalog \(field.catalog)"
            throw SchemaErrors(errors: [SchemaError(.invalidDefinition, message, file: file.name)])
        }
        return catalogs
    }
}
