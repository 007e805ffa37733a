internal import JSON
internal import Output
package import Schemas

/// A definition in words and as JSON.
package enum DefinitionText {
    package static func page(_ definition: Definition) -> String {
        var lines = ["\(definition.catalog) - \(definition.title ?? "")"]
        if let description = definition.description { lines.append(description) }
        lines.append(
            "collection: \(definition.collection)    key: companyId + \(definition.key.joined(separator: " + "))")
        lines.append("file: \(definition.file)")
        lines.append(
            "other fields: \(definition.allowsUnknownFields ? "kept as given" : "refused")")
        lines.append("")
        let rows = definition.fields.map { field in
            [
                field.name, field.bson.name, marks(field), field.reference ?? "",
                field.description ?? field.title ?? "",
            ]
        }
        lines.append(TextTable.render(header: ["field", "type", "", "refers to", "what"], rows: rows))
        lines.append("")
        lines.append("sample message:")
        lines.append(SampleMessage.text(for: definition))
        return lines.joined(separator: "\n")
    }

    private static func marks(_ field: DefinitionField) -> String {
        var words: [String] = []
        if field.isKey { words.append("key") }
        if field.isRequired && !field.isKey { words.append("required") }
        if field.isSecret { words.append("secret") }
        if let merge = field.merge { words.append("merged: \(merge.rawValue)") }
        return words.joined(separator: ", ")
    }

    package static func json(_ definition: Definition) -> String {
        var object = JSONObjectText()
        object.add("catalog", definition.catalog)
        object.add("title", definition.title)
        object.add("collection", definition.collection)
        object.add("key", raw: array(definition.key))
        object.add("file", definition.file)
        object.add("allowsUnknownFields", definition.allowsUnknownFields)
        object.add("fields", objects: definition.fields.map(json))
        return object.text
    }

    private static func json(_ field: DefinitionField) -> String {
        var object = JSONObjectText()
        object.add("name", field.name)
        object.add("type", field.bson.name)
        object.add("key", field.isKey)
        object.add("required", field.isRequired)
        object.add("nullable", field.isNullable)
        object.add("secret", field.isSecret)
        object.add("reference", field.reference)
        object.add("referencePolicy", field.referencePolicy.rawValue)
        object.add("merge", field.merge?.rawValue)
        object.add("description", field.description)
        return object.text
    }

    private static func array(_ words: [String]) -> String {
        var out: [UInt8] = []
        for word in words {
            out.append(UInt8(ascii: out.isEmpty ? "[" : ","))
            JSONText.append(string: word, to: &out)
        }
        return words.isEmpty ? "[]" : String(decoding: out, as: UTF8.self) + "]"
    }
}
