import JSON
import Mappings
import Schemas

@testable import Interfaces

/// Routes written in tests, and what is said of them.
enum Described {
    private static let note = """
        { "$schema": "urn:promo-gateway:definition:1", "$id": "urn:x:catalogNote", "title": "Notes",
          "x-catalog": "catalogNote", "x-key": ["id"], "type": "object", "required": ["id", "text"],
          "$defs": { "state": { "enum": ["open", "done", null] } },
          "properties": {
            "id": { "type": "string", "minLength": 1 }, "text": { "type": "string", "minLength": 2 },
            "state": { "$ref": "#/$defs/state" }, "count": { "type": ["integer", "null"], "x-bson": "long" },
            "price": { "type": "number", "x-bson": "decimal" }, "flag": { "type": "boolean" },
            "at": { "type": ["string", "null"], "format": "date-time", "x-bson": "date" },
            "list": { "type": "array", "items": { "type": "string" } }, "thing": { "type": "object" },
            "far": { "$ref": "urn:x:catalogOther#/$defs/text" } } }
        """

    private static let other = """
        { "$schema": "urn:promo-gateway:definition:1", "$id": "urn:x:catalogOther", "title": "Others",
          "x-catalog": "catalogOther", "x-key": ["id"], "type": "object", "required": ["id"],
          "$defs": { "text": { "type": "string" } }, "properties": { "id": { "type": "string", "minLength": 1 } } }
        """

    static let catalogs: Catalogs = {
        do {
            return try Catalogs([]).adding(files: [
                DefinitionFile(name: "catalogNote.json", bytes: Array(note.utf8)),
                DefinitionFile(name: "catalogOther.json", bytes: Array(other.utf8)),
            ])
        } catch {
            fatalError("\(error)")
        }
    }()

    struct Wrong: Error, CustomStringConvertible {
        let description: String
    }

    static func table(_ text: String) throws -> RouteTable {
        let (table, mistakes) = MappingCompiler.compile(
            files: [("notes/r.yaml", text)], context: MappingContext(settings: [], catalogs: catalogs))
        guard let table else { throw Wrong(description: mistakes.map(\.description).joined(separator: "\n")) }
        return table
    }

    static func document(
        _ text: String, listeners: [OpenAPIDocument.Listener] = [], listener: String? = nil
    ) throws -> JSONValue {
        try OpenAPIDocument.make(
            table(text), catalogs: catalogs, listeners: listeners, listener: listener, version: "1")
    }

    /// A route whose item has the key `k`, and the field with this value.
    static func route(
        _ field: String = "text", _ value: String = ".text", operation: String = "I", http: String = "",
        route: String = "",
        message: String = ""
    ) -> String {
        """
        routes:
          r:
            from: { http: { method: POST, path: /notes\(http) } }
            definition: catalogNote
            message:
              companyId: { value: c }
              items: $
              operation: \(operation)
              fields:
                id: .k
                \(field == "text" ? "" : "text: { value: xx }")
                \(field): \(value)
              \(message)
            \(route)
        """
    }

    /// The schema of the body of the only operation.
    static func body(_ document: JSONValue) -> JSONValue {
        let operation = document["paths"]?.members.first?.value.members.first?.value
        return operation?["requestBody"]?["content"]?.members.first?.value["schema"] ?? .null
    }
}
