import JSON
import Testing

@testable import Schemas

@Suite struct `Depth` {
    static func nested(_ depth: Int) -> String {
        String(repeating: #"{"a":["#, count: depth / 2) + "1" + String(repeating: "]}", count: depth / 2)
    }

    @Test func `values of a thousand levels are checked against a recursive schema`() throws {
        let schema = """
            {"$id": "urn:test:tree", "$dynamicAnchor": "node",
             "anyOf": [{"type": "number"}, {"$ref": "#/$defs/object"}, {"$ref": "#/$defs/array"}],
             "$defs": {
               "object": {"type": "object", "properties": {"a": {"$dynamicRef": "#node"}}, "unevaluatedProperties": false},
               "array": {"type": "array", "items": {"$dynamicRef": "#node"}}}}
            """
        let program = try compiled(schema)
        #expect(try violations(program, Self.nested(1000)).isEmpty)
        let wrong = try violations(program, Self.nested(998).replacing("1", with: #"{"b":1}"#))
        #expect(!wrong.isEmpty)
    }

    @Test func `a schema of many levels satisfies the meta-schema`() throws {
        let depth = 330
        let schema =
            String(repeating: #"{"allOf":[{"not":"#, count: depth) + "true" + String(repeating: "}]}", count: depth)
        var registry = SchemaRegistry()
        try registry.add(JSONParser().parse(schema), retrievalURI: "urn:test:deep", file: nil)
        #expect(try registry.metaSchemaErrors(of: "urn:test:deep").isEmpty)
        _ = try registry.compile("urn:test:deep")
    }

    @Test(arguments: [
        ##"{"$ref": "#"}"##,
        ##"{"allOf": [{"$ref": "#"}]}"##,
        ##"{"anyOf": [{"type": "string"}, {"not": {"$ref": "#"}}]}"##,
        ##"{"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"if": true, "then": {"$ref": "#/$defs/a"}}}}"##,
        ##"{"dependentSchemas": {"a": {"$ref": "#"}}}"##,
    ])
    func `a schema that refers to itself for the same value is refused`(_ schema: String) throws {
        let error = try #require(try compileError(schema))
        #expect(error.code == .endlessReference)
        #expect(error.position != nil)
    }

    @Test func `a dynamic reference to itself is given up, not followed for ever`() throws {
        let program = try compiled(##"{"$dynamicAnchor": "a", "$dynamicRef": "#a"}"##)
        let found = try violations(program, "1")
        #expect(
            found.map(\.text) == [
                "the whole value: the value or the schema is nested too deeply to be checked; send fewer levels"
            ])
        // Nor does its opposite come true by that.
        let opposite = try compiled(##"{"not": {"$dynamicAnchor": "a", "$dynamicRef": "#a"}}"##)
        #expect(try !violations(opposite, "1").isEmpty)
    }
}
