import JSON

/// A dynamic field created in the console. Its catalog is named `catalog` followed by its code.
package struct DynamicField: Sendable, Equatable {
    /// Maximum size of a definition.
    package static let maximumBytes = 1 << 20

    package let code: String
    /// Display name.
    package let title: String?
    /// The catalog's definition; nil for records with only a code and a name.
    package let definition: DefinitionFile?

    package init(code: String, title: String? = nil, definition: DefinitionFile? = nil) {
        self.code = code
        self.title = title
        self.definition = definition
    }

    var catalog: String { CatalogName.prefix + code }

    /// The definition file; a default one if none was given.
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
    /// Returns this table with the catalogs of dynamic fields; see ``DynamicDefinitions``.
    package func adding(dynamicFields: [DynamicField]) -> (catalogs: Catalogs, errors: [SchemaError]) {
        var definitions = DynamicDefinitions()
        return definitions.add(dynamicFields, to: self)
    }
}
