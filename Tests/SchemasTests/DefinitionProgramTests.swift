import JSON
import Testing

@testable import Schemas

@Suite struct `The three programs of a definition` {
    static let definition: Result<Definition, any Error> = Result {
        try Definition.compile(
            JSONParser().parse(
                """
                {"$schema": "urn:promo-gateway:definition:1", "x-catalog": "catalogThing", "x-key": ["code", "place"],
                 "type": "object", "required": ["code", "place", "name"],
                 "properties": {
                   "code": {"type": "string", "minLength": 1},
                   "place": {"type": "integer"},
                   "name": {"type": "string", "maxLength": 5},
                   "price": {"type": "number", "x-bson": "decimal"},
                   "pin": {"type": ["string", "null"], "x-secret": true, "pattern": "^[0-9]{4}$"},
                   "tags": {"type": "array", "items": {"type": "string"}, "x-secret": true}},
                 "propertyNames": {"maxLength": 8}, "maxProperties": 6,
                 "unevaluatedProperties": false}
                """), file: "thing.json")
    }

    @Test(
        arguments: [
            // item, complete, partial, key only: the keywords and places of what is found.
            (#"{"operation":"I","code":"a","place":1,"name":"x"}"#, [], [], []),
            (#"{"operation":"U","code":"a","place":1}"#, ["required "], [], []),
            (
                #"{"operation":"U","code":"a","place":1,"name":null,"price":null}"#, ["type /name", "type /price"], [],
                []
            ),
            (
                #"{"operation":"U","code":"a","place":1.0,"name":"toolong"}"#, ["maxLength /name"], ["maxLength /name"],
                []
            ),
            (#"{"operation":"D","code":null,"place":1}"#, ["required ", "type /code"], ["type /code"], ["type /code"]),
            (#"{"operation":"D","code":"a"}"#, ["required ", "required "], ["required "], ["required "]),
            (
                #"{"operation":"D","code":"","place":"1","name":7,"other":1}"#,
                ["minLength /code", "type /place", "type /name", "unevaluatedProperties /other"],
                ["minLength /code", "type /place", "type /name", "unevaluatedProperties /other"],
                ["minLength /code", "type /place"]
            ),
            // `operation` is not a member of the record: it is not counted, named or forbidden.
            (#"{"operation":"I","code":"a","place":1,"name":"x","price":1,"pin":"1234","tags":[]}"#, [], [], []),
            (#"[]"#, ["type "], ["type "], ["type "]),
        ] as [(String, [String], [String], [String])])
    func `find what is theirs to find`(
        _ item: String, _ complete: [String], _ partial: [String], _ keyOnly: [String]
    ) throws {
        let definition = try Self.definition.get()
        for (program, expected) in [(Definition.Program.complete, complete), (.partial, partial), (.keyOnly, keyOnly)] {
            try JSONParser().parse(item).withRoot { root in
                let found = definition.validate(root, as: program)
                #expect(found.map { "\($0.keyword) \($0.pointer)" } == expected, "\(program)")
                #expect(definition.isValid(root, as: program) == expected.isEmpty)
            }
        }
    }

    @Test func `the operation inside a record's own objects is a field like any other`() throws {
        let definition = try Definition.compile(
            JSONParser().parse(
                """
                {"$schema": "urn:promo-gateway:definition:1", "x-catalog": "catalogThing", "x-key": ["code"],
                 "type": "object", "required": ["code"],
                 "properties": {"code": {"type": "string"},
                   "inner": {"type": "object", "additionalProperties": false}}}
                """), file: "thing.json")
        let found = try violations(
            definition.program(.complete), #"{"operation":"I","code":"a","inner":{"operation":"I"}}"#)
        #expect(found.map(\.pointer) == ["/inner/operation"])
    }

    @Test func `secrets are not shown`() throws {
        let item = #"{"code":"a","place":1,"name":"x","pin":"hunter2","tags":["hunter3",7]}"#
        let found = try violations(try Self.definition.get().program(.complete), item)
        #expect(found.map(\.keyword) == ["pattern", "type"])
        for violation in found {
            #expect(violation.found == "(secret)")
            #expect(!"\(violation)".contains("hunter"))
        }
        #expect(found[0].text == "/pin: expected a string that matches the pattern ^[0-9]{4}$, found (secret)")
        #expect(found[1].pointer == "/tags/1")
    }

    @Test func `pointers begin with the item's place, and there are no more than asked for`() throws {
        let definition = try Self.definition.get()
        let found = try violations(definition.program(.complete), #"{"code":1}"#, at: "/items/3", limit: 2)
        #expect(found.count == 2)
        #expect(found.allSatisfy { $0.pointer.tokens.starts(with: ["items", "3"]) })
    }

    @Test func `two spellings of one character are two fields`() throws {
        let definition = try Definition.compile(
            JSONParser().parse(
                """
                {"$schema": "urn:promo-gateway:definition:1", "x-catalog": "catalogThing", "x-key": ["code"],
                 "type": "object", "required": ["code", "caf\u{E9}"], "additionalProperties": false,
                 "properties": {"code": {"type": "string"}, "caf\u{E9}": {"type": "string"},
                   "cafe\u{301}": {"type": "integer"}}}
                """), file: "thing.json")
        #expect(definition.fields.map(\.bson) == [.string, .string, .long])
        let program = definition.program(.complete)
        #expect(try violations(program, #"{"code":"a","caf\u00e9":"x","cafe\u0301":1}"#).isEmpty)
        #expect(try violations(program, #"{"code":"a","cafe\u0301":1}"#).map(\.keyword) == ["required"])
    }

    @Test func `fields are what the schemas they refer to say`() throws {
        let definition = try Definition.compile(
            JSONParser().parse(
                ##"""
                {"$schema": "urn:promo-gateway:definition:1", "x-catalog": "catalogThing", "x-key": ["code"],
                 "type": "object", "required": ["code"],
                 "properties": {
                   "code": {"$ref": "#/$defs/code"},
                   "price": {"allOf": [{"$ref": "#/$defs/money"}], "x-ref": "catalogBrand", "x-ref-policy": "reject"},
                   "pins": {"$ref": "#/$defs/pins"},
                   "any": true, "both": {"type": ["string", "integer"]}, "text": {"x-bson": "string"}},
                 "$defs": {
                   "code": {"type": "string", "minLength": 1},
                   "money": {"type": ["number", "null"], "x-bson": "decimal"},
                   "pins": {"type": "array", "items": {"type": "string", "minLength": 4}, "x-secret": true}}}
                """##), file: "thing.json")
        #expect(definition.fields.map(\.bson) == [.string, .decimal, .array, .any, .any, .string])
        #expect(definition.fields.map(\.isNullable) == [false, true, false, true, false, true])
        #expect(definition.fields.map(\.isSecret) == [false, false, true, false, false, false])
        #expect(definition.fields[1].reference == "catalogBrand" && definition.fields[1].referencePolicy == .reject)
        let found = try violations(
            definition.program(.complete), #"{"code": "", "price": 1e400, "pins": ["1"], "text": 1}"#)
        #expect(
            found.map { "\($0.keyword) \($0.pointer) \($0.found)" } == [
                "minLength /code an empty string", "x-bson /price the number 1e400", "minLength /pins/0 (secret)",
                "x-bson /text the number 1",
            ])
    }
}
