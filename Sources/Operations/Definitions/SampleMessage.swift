internal import JSON
package import Schemas

/// A message made from a definition: one item that passes it, with every field for which a value can be guessed.
package enum SampleMessage {
    package static func text(for definition: Definition) -> String {
        var fields: [(name: String, value: String)] = []
        for field in definition.fields {
            let fitting = candidates(for: field).first { isAccepted($0, for: field.name, by: definition) }
            if let fitting { fields.append((field.name, fitting)) }
        }
        var message = JSONObjectText()
        message.add("companyId", "napse")
        message.add("catalog", definition.catalog)
        message.add("params", raw: "[]")
        message.add("items", objects: [item(fields)])
        return message.text
    }

    private static func item(_ fields: [(name: String, value: String)]) -> String {
        var item = JSONObjectText()
        item.add("operation", "IU")
        for field in fields { item.add(field.name, raw: field.value) }
        return item.text
    }

    /// Whether the definition accepts this value of the field, regardless of other fields.
    private static func isAccepted(_ value: String, for name: String, by definition: Definition) -> Bool {
        guard let document = try? JSONParser().parse(item([(name, value)])) else { return false }
        let violations = document.withRoot { definition.validate($0, as: .complete, limit: 100) }
        return !violations.contains { $0.pointer.tokens.first == name }
    }

    private static func candidates(for field: DefinitionField) -> [String] {
        let any = ["1", "true", "\"a\"", "{}", "[]"]
        return switch field.bson {
        case .bool: ["true"]
        case .long: ["1", "10", "100"]
        case .double: ["-34.6", "0.5", "1"]
        case .decimal: ["12.50", "1", "0"]
        case .date: ["\"2026-01-31\"", "\"2026-01-31T10:00:00Z\""]
        case .objectId: ["\"65f0c0ffee65f0c0ffee65f0\""]
        case .object: ["{}"]
        case .array: [#"["a"]"#, "[1]", "[]"]
        case .string:
            [field.isKey ? "code1" : field.name, "ENABLED", "name@example.com", "2026-01-31", "1", "A", "12345678"]
                .map { "\"\($0)\"" }
        case .any: ["\"\(field.name)\""] + any
        }
    }
}
