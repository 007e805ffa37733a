import JSON
import Testing

@testable import Schemas

/// An update gives some fields; the record has others. What cannot be decided by the given ones is accepted.
@Suite struct PartialProgramTests {
    /// Whether an update with these fields is accepted, and whether a whole record of them is.
    private static func check(_ root: String, _ fields: String) throws -> (partial: Bool, complete: Bool, keyOnly: Bool)
    {
        let definition = try Definition.compile(
            JSONParser().parse(
                """
                {"$schema": "urn:promo-gateway:definition:1", "x-catalog": "catalogThing", "x-key": ["code"],
                 "type": "object", "required": ["code"], "properties": {"code": {"type": "string"}, "a": {}, "b": {}},
                 \(root)}
                """), file: "thing.json")
        let item = #"{"operation":"U","code":"k"\#(fields.isEmpty ? "" : ",")\#(fields)}"#
        return try JSONParser().parse(item).withRoot { root in
            (
                definition.isValid(root, as: .partial), definition.isValid(root, as: .complete),
                definition.isValid(root, as: .keyOnly)
            )
        }
    }

    @Test(
        "accepted, though a whole record of these fields is not",
        arguments: [
            (#""allOf": [{"required": ["a"]}, {"allOf": [{"required": ["b"]}]}]"#, ""),
            (##""$ref": "#/$defs/base", "$defs": {"base": {"required": ["a"]}}"##, ""),
            (#""if": {"properties": {"a": {"const": 1}}, "required": ["a"]}, "then": {"required": ["b"]}"#, #""a":1"#),
            (#""if": {"properties": {"a": {"const": 1}}}, "then": {"properties": {"b": {"minimum": 5}}}"#, #""b":1"#),
            (#""if": {"minProperties": 3}, "else": {"properties": {"b": {"minimum": 5}}}"#, #""b":1"#),
            (#""dependentRequired": {"a": ["b"]}"#, #""a":1"#), (#""dependencies": {"a": ["b"]}"#, #""a":1"#),
            (#""dependentSchemas": {"a": {"required": ["b"]}}"#, #""a":1"#), (#""minProperties": 3"#, #""a":1"#),
            (#""anyOf": [{"required": ["a"]}, {"required": ["b"]}]"#, ""),
            (#""oneOf": [{"required": ["a"]}, {"required": ["b"]}]"#, ""),
            (#""not": {"required": ["code"], "minProperties": 1}"#, ""),
            (#""not": {"properties": {"a": {"const": 1}}}"#, ""),
            (#""allOf": [{"properties": {"c": {"type": "string"}}}]"#, #""c":null"#),
            (#""patternProperties": {"^c": {"type": "string"}}"#, #""cc":null"#),
            (#""additionalProperties": {"type": "string"}"#, #""c":null"#),
        ])
    func accepted(root: String, fields: String) throws {
        let (partial, complete, keyOnly) = try Self.check(root, fields)
        #expect(partial && keyOnly && !complete)
    }

    @Test(
        "refused, whatever the record has",
        arguments: [
            (#""allOf": [{"properties": {"a": {"type": "string"}}}]"#, #""a":1"#),
            (#""allOf": [{"properties": {"code": {"minLength": 2}}}]"#, ""),
            (##""$ref": "#/$defs/base", "$defs": {"base": {"properties": {"a": {"type": "string"}}}}"##, #""a":1"#),
            (
                #""if": {"properties": {"a": {"const": 1}}}, "then": {"properties": {"b": {"minimum": 5}}}"#,
                #""a":1,"b":1"#
            ),
            (
                #""if": {"minProperties": 3}, "then": {"properties": {"b": {"minimum": 5}}}, "else": {"properties": {"b": {"minimum": 2}}}"#,
                #""b":1"#
            ),
            (#""dependentSchemas": {"a": {"properties": {"b": {"minimum": 5}}}}"#, #""a":1,"b":1"#),
            (#""anyOf": [{"properties": {"a": {"const": 1}}}, {"properties": {"a": {"const": 2}}}]"#, #""a":3"#),
            (#""not": {"required": ["a", "b"]}"#, #""a":1,"b":1"#),
            (#""not": {"properties": {"a": {"const": 1}}}"#, #""a":1"#),
            (#""maxProperties": 1"#, #""a":1"#), (#""propertyNames": {"maxLength": 4}"#, #""abcde":1"#),
            (#""patternProperties": {"^c": {"type": "string"}}"#, #""cc":1"#),
            (#""additionalProperties": false"#, #""c":null"#), (#""unevaluatedProperties": false"#, #""c":1"#),
            (#""patternProperties": {"^c": false}"#, #""cc":null"#),
        ])
    func refused(root: String, fields: String) throws {
        let (partial, complete, _) = try Self.check(root, fields)
        #expect(!partial && !complete)
    }

    @Test(
        "accepted as a whole, and so as an update",
        arguments: [
            (
                #""if": {"properties": {"a": {"const": 1}}, "required": ["a"]}, "then": {"required": ["b"]}, "unevaluatedProperties": false"#,
                #""a":1,"b":1"#
            ),
            (
                #""if": {"minProperties": 1}, "then": {"properties": {"c": {}}}, "else": {"properties": {"d": {}}}, "unevaluatedProperties": false"#,
                #""c":1"#
            ),
            (
                #""oneOf": [{"properties": {"c": {"const": 1}}, "required": ["c"]}, {"properties": {"d": {}}, "required": ["d"]}], "unevaluatedProperties": false"#,
                #""c":1"#
            ),
        ])
    func whole(root: String, fields: String) throws {
        let (partial, complete, keyOnly) = try Self.check(root, fields)
        #expect(partial && complete && keyOnly)
    }

    @Test func `the key is required once, where it is declared by what the record refers to`() throws {
        let definition = try Definition.compile(
            JSONParser().parse(
                ##"""
                {"$schema": "urn:promo-gateway:definition:1", "x-catalog": "catalogThing", "x-key": ["code"],
                 "type": "object", "$ref": "#/$defs/base", "properties": {"a": {}},
                 "$defs": {"base": {"required": ["code", "name"],
                   "properties": {"code": {"type": "string", "minLength": 1}, "name": {"type": "string"}}}}}
                """##), file: "thing.json")
        for program in [Definition.Program.partial, .keyOnly] {
            #expect(try violations(definition.program(program), #"{"a":1}"#).map(\.keyword) == ["required"])
            #expect(
                try violations(definition.program(program), #"{"code":""}"#).map { "\($0.keyword) \($0.pointer)" }
                    == ["minLength /code"])
            #expect(try violations(definition.program(program), #"{"code":null}"#).map(\.keyword) == ["type"])
            #expect(try violations(definition.program(program), #"{"code":"a"}"#).isEmpty)
        }
        #expect(try violations(definition.program(.partial), #"{"code":"a","name":null}"#).isEmpty)
    }
}
