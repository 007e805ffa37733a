internal import JSON
internal import Schemas

/// Answers the lines of `validate --ndjson`.
struct ValidationCases {
    /// URI of a case's schema without `$id`.
    static let uri = "urn:promo-gateway:validate"

    let registry: SchemaRegistry
    let assertFormats: Bool
    private let parser = JSONParser()

    init(registry: SchemaRegistry, assertFormats: Bool) {
        self.registry = registry
        self.assertFormats = assertFormats
    }

    /// One line for each line, whatever its content.
    func answer(to line: String) -> String {
        let document: JSONDocument
        do throws(JSONSyntaxError) {
            document = try parser.parse(line)
        } catch {
            return Self.failure(id: "null", "not JSON: \(error)")
        }
        return document.withRoot { root in
            let id = root["id"].map { String(decoding: $0.rawText, as: UTF8.self) } ?? "null"
            guard let schema = root["schema"], let instance = root["instance"] else {
                return Self.failure(id: id, "a line is {\"id\": …, \"schema\": …, \"instance\": …}")
            }
            do {
                let program = try compile(schema)
                let violations = program.validate(instance)
                var answer = JSONObjectText()
                answer.add("id", raw: id)
                answer.add("valid", violations.isEmpty)
                answer.add("errors", objects: violations.map(Self.json))
                return answer.text
            } catch {
                return Self.failure(id: id, "\(error)")
            }
        }
    }

    private func compile(_ schema: JSONNode) throws -> SchemaProgram {
        let document = try parser.parse(copying: UnsafeRawBufferPointer(schema.rawText))
        var registry = registry
        try registry.add(document, retrievalURI: Self.uri, file: "schema")
        if let error = try registry.metaSchemaErrors(of: Self.uri, limit: 1).first { throw error }
        return try registry.compile(Self.uri, assertFormats: assertFormats)
    }

    private static func failure(id: String, _ message: String) -> String {
        var answer = JSONObjectText()
        answer.add("id", raw: id)
        answer.add("error", message)
        return answer.text
    }

    static func json(_ violation: Violation) -> String {
        var object = JSONObjectText()
        object.add("pointer", violation.pointer.description)
        object.add("keyword", violation.keyword)
        object.add("expected", violation.expected)
        object.add("found", violation.found)
        object.add("text", violation.text)
        object.add("schemaPointer", violation.schemaPointer.description)
        return object.text
    }
}
