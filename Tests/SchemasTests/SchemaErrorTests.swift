import JSON
import Testing

@testable import Schemas

@Suite struct `A malformed schema` {
    @Test(arguments: [
        ("7", SchemaError.Code.invalidKeyword, "1:1"),
        (#"{"not": 7}"#, .invalidKeyword, "1:9"),
        (#"{"type": "text"}"#, .invalidKeyword, "1:10"),
        (#"{"type": []}"#, .invalidKeyword, "1:10"),
        (#"{"type": ["string", 7]}"#, .invalidKeyword, "1:21"),
        (#"{"minLength": -1}"#, .invalidKeyword, "1:15"),
        (#"{"minLength": 1.5}"#, .invalidKeyword, "1:15"),
        (#"{"minLength": "1"}"#, .invalidKeyword, "1:15"),
        (#"{"maximum": "1"}"#, .invalidKeyword, "1:13"),
        (#"{"multipleOf": 0}"#, .invalidKeyword, "1:16"),
        (#"{"enum": 1}"#, .invalidKeyword, "1:10"),
        (#"{"required": "a"}"#, .invalidKeyword, "1:14"),
        (#"{"required": [1]}"#, .invalidKeyword, "1:14"),
        (#"{"properties": []}"#, .invalidKeyword, "1:16"),
        (#"{"properties": {"a": 1}}"#, .invalidKeyword, "1:22"),
        (#"{"allOf": []}"#, .invalidKeyword, "1:11"),
        (#"{"allOf": {}}"#, .invalidKeyword, "1:11"),
        (#"{"dependentRequired": {"a": "b"}}"#, .invalidKeyword, "1:29"),
        (#"{"uniqueItems": 1}"#, .invalidKeyword, "1:17"),
        (#"{"pattern": "("}"#, .invalidPattern, "1:13"),
        (#"{"patternProperties": {"[": true}}"#, .invalidPattern, "1:24"),
        (#"{"format": 1}"#, .invalidKeyword, "1:12"),
        (#"{"$id": 1}"#, .invalidKeyword, "1:9"),
        (#"{"$id": "a#b"}"#, .invalidReference, "1:9"),
        (#"{"$anchor": "1a"}"#, .invalidReference, "1:13"),
        (#"{"$ref": 1}"#, .invalidKeyword, "1:10"),
        (##"{"$ref": "#/$defs/none"}"##, .unresolvedReference, "1:10"),
        (##"{"$ref": "#none"}"##, .unresolvedReference, "1:10"),
        (##"{"$ref": "#%zz"}"##, .invalidReference, "1:10"),
        (#"{"$ref": "http://example.com/none"}"#, .unresolvedReference, "1:10"),
        (#"{"$ref": "file:///etc/passwd"}"#, .unresolvedReference, "1:10"),
        (#"{"$schema": "http://json-schema.org/draft-07/schema#"}"#, .unknownDialect, "1:1"),
        (#"{"$schema": 1}"#, .invalidKeyword, "1:13"),
        (#"{"a": 1, "a": 2}"#, .duplicate, "1:10"),
        (#"{"$defs": {"a": {"$id": "urn:x"}, "b": {"$id": "urn:x"}}}"#, .duplicate, "1:40"),
        (#"{"$defs": {"a": {"$anchor": "x"}, "b": {"$anchor": "x"}}}"#, .duplicate, "1:52"),
    ])
    func `is told with its place`(_ schema: String, _ code: SchemaError.Code, _ position: String) throws {
        let error = try #require(try compileError(schema))
        #expect(error.code == code)
        #expect(error.description.hasPrefix("schema.json:\(position): "), "\(error)")
    }

    @Test func `is told by its meta-schema, all of it`() throws {
        var registry = SchemaRegistry()
        let text = #"{"title": 1, "properties": {"a": {"minLength": -1, "description": []}}}"#
        try registry.add(JSONParser().parse(text), retrievalURI: "urn:test", file: "s.json")
        let errors = try registry.metaSchemaErrors(of: "urn:test")
        #expect(
            errors.map { "\($0.position, default: "-") \($0.pointer)" } == [
                "1:11 /title", "1:48 /properties/a/minLength", "1:67 /properties/a/description",
            ])
    }

    @Test func `a required vocabulary that is not known is refused`() throws {
        var registry = SchemaRegistry()
        let meta = #"{"$id": "urn:meta", "$vocabulary": {"urn:unknown": true}}"#
        try registry.add(JSONParser().parse(meta), retrievalURI: "urn:meta", file: nil)
        try registry.add(JSONParser().parse(#"{"$schema": "urn:meta"}"#), retrievalURI: "urn:test", file: nil)
        #expect(throws: SchemaError.self) { try registry.compile("urn:test") }
    }
}
