import JSON
import Testing

@testable import Schemas

/// Compiles a schema written in a test.
func compiled(
    _ schema: String, assertFormats: Bool = false, sourceLocation: SourceLocation = #_sourceLocation
) throws -> SchemaProgram {
    var registry = SchemaRegistry()
    try registry.add(JSONParser().parse(schema), retrievalURI: "urn:test:schema", file: "schema.json")
    return try registry.compile("urn:test:schema", assertFormats: assertFormats)
}

/// What a program finds in an instance written in a test.
func violations(
    _ program: SchemaProgram, _ instance: String, at base: JSONPointer = "", limit: Int = 20
) throws -> [Violation] {
    try JSONParser().parse(instance).withRoot { root in
        let violations = program.validate(root, at: base, limit: limit)
        #expect(violations.isEmpty == program.isValid(root))
        return violations
    }
}

/// The error that a schema written in a test fails to compile with.
func compileError(_ schema: String) throws -> SchemaError? {
    var registry = SchemaRegistry()
    do {
        try registry.add(JSONParser().parse(schema), retrievalURI: "urn:test:schema", file: "schema.json")
        _ = try registry.compile("urn:test:schema")
        return nil
    } catch let error as SchemaError {
        return error
    }
}
