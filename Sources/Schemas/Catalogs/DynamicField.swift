import Documents

/// A dynamic field that was made in the console: each has a catalog of its own, `catalog` and its code.
package struct DynamicField: Sendable, Equatable {
    /// Of a definition.
    package static let maximumBytes = 1 << 20

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
    /// This table with the catalogs of dynamic fields; see ``DynamicDefinitions``.
    package func adding(dynamicFields: [DynamicField]) -> (catalogs: Catalogs, errors: [SchemaError]) {
        var definitions = DynamicDefinitions()
        return definitions.add(dynamicFields, to: self)
    }
}
