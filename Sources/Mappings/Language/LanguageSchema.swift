internal import JSON

/// Generates the language's JSON Schema for editors.
package struct LanguageSchema {
    /// Schema of mapping files.
    package static var mapping: String {
        LanguageSchema(replacesVariables: true).document(
            Language.objects, root: "file", title: "Promo Gateway mapping")
    }
    /// Schema of test files.
    package static var test: String {
        LanguageSchema(replacesVariables: false).document(
            Language.testObjects, root: "testFile", title: "Promo Gateway mapping test")
    }

    /// Whether `${NAME}` may stand for a value of any kind.
    private let replacesVariables: Bool

    private func document(_ objects: [LanguageObject], root: String, title: String) -> String {
        var definitions = JSONObjectText()
        for object in objects { definitions.add(object.id, raw: schema(object)) }
        var document = JSONObjectText()
        document.add("$schema", "https://json-schema.org/draft/2020-12/schema")
        document.add("title", title)
        document.add("$ref", "#/$defs/\(root)")
        document.add("$defs", raw: definitions.text)
        return document.text
    }

    private func schema(_ object: LanguageObject) -> String {
        var properties = JSONObjectText()
        for key in object.keys {
            properties.add(key.name, raw: schema(key.kind, help: "\(key.help)\n\n\(key.example)"))
        }
        var schema = JSONObjectText()
        schema.add("title", object.title)
        schema.add("description", object.help)
        schema.add("type", "object")
        schema.add("additionalProperties", false)
        let required = object.keys.filter(\.isRequired).map { quoted($0.name) }
        if !required.isEmpty { schema.add("required", objects: required) }
        schema.add("properties", raw: properties.text)
        return schema.text
    }

    private func schema(_ kind: LanguageKind, help: String? = nil) -> String {
        var schema = JSONObjectText()
        if let help { schema.add("description", help) }
        if replacesVariables, kind.isNarrow {
            let variable = #"{"type":"string","pattern":"\\$\\{"}"#
            schema.add("anyOf", objects: [Self(replacesVariables: false).schema(kind), variable])
            return schema.text
        }
        switch kind {
        case .text: schema.add("type", objects: [quoted("string"), quoted("number"), quoted("boolean")])
        case .integer(let range):
            schema.add("type", "integer")
            schema.add("minimum", range.lowerBound)
            schema.add("maximum", range.upperBound)
        case .flag: schema.add("const", true)
        case .bool: schema.add("type", "boolean")
        // Unquoted, the word null is YAML's null; the compiler accepts both.
        case .word(let words):
            schema.add("enum", objects: words.map { quoted($0) } + (words.contains("null") ? ["null"] : []))
        case .path:
            schema.add("type", "string")
            schema.add("pattern", "^[$.^~]")
        case .scalar: schema.add("type", objects: ["string", "number", "boolean", "null"].map { quoted($0) })
        case .anything: break
        case .list(let element):
            schema.add("type", "array")
            schema.add("items", raw: self.schema(element))
        case .map(let value):
            schema.add("type", "object")
            schema.add("additionalProperties", raw: self.schema(value))
        case .object(let id): schema.add("$ref", "#/$defs/\(id)")
        case .either(let kinds): schema.add("anyOf", objects: kinds.map { self.schema($0) })
        }
        return schema.text
    }

    private func quoted(_ text: String) -> String {
        var out: [UInt8] = []
        JSONText.append(string: text, to: &out)
        return String(decoding: out, as: UTF8.self)
    }
}

extension LanguageKind {
    /// Whether a text with a variable in it is none of its values.
    fileprivate var isNarrow: Bool {
        switch self {
        case .integer, .flag, .bool, .word, .path: true
        default: false
        }
    }
}
