import JSON
import Testing

@testable import Schemas

/// Keywords that say how a value is stored have an effect wherever a schema always applies, and are errors elsewhere.
@Suite struct StorageTests {
    private static func definition(
        _ properties: String, root: String = "", definitions: String = "{}"
    ) throws -> Definition {
        try Definition.compile(
            JSONParser().parse(
                """
                {"$schema": "urn:promo-gateway:definition:1", "x-catalog": "catalogThing", "x-key": ["code"],
                 "type": "object", "required": ["code"]\(root),
                 "properties": {"code": {"type": "string"}, \(properties)}, "$defs": \(definitions)}
                """), file: "thing.json")
    }

    private static let definitions = """
        {"day": {"type": "string", "x-bson": "date"}, "money": {"type": "number", "x-bson": "decimal"},
         "brand": {"type": "string", "x-ref": "catalogBrand", "x-ref-policy": "reject"},
         "line": {"type": "object", "properties": {"at": {"$ref": "#/$defs/day"}, "next": {"$ref": "#/$defs/line"}}}}
        """

    @Test(
        "a field's type is what any schema says that always applies to it",
        arguments: [
            (##"{"type": "string", "x-bson": "date"}"##, BSONKind.date), (##"{"$ref": "#/$defs/day"}"##, .date),
            (##"{"allOf": [{"$ref": "#/$defs/money"}, {"minimum": 0}]}"##, .decimal),
            (##"{"type": "number", "allOf": [{"x-bson": "decimal"}]}"##, .decimal),
            (##"{"anyOf": [{"$ref": "#/$defs/day"}, {"type": "null"}]}"##, .date),
            (##"{"oneOf": [{"type": "null"}, {"allOf": [{"$ref": "#/$defs/money"}]}]}"##, .decimal),
            (##"{"anyOf": [{"$ref": "#/$defs/day"}, {"type": ["integer", "null"]}]}"##, .date),
            // Nothing is declared in alternatives: the type follows from the value, as without them.
            (##"{"anyOf": [{"type": "number"}, {"type": "null"}]}"##, .any),
        ] as [(String, BSONKind)])
    func kinds(field: String, kind: BSONKind) throws {
        let definition = try Self.definition(#""f": \#(field)"#, definitions: Self.definitions)
        #expect(definition.fields.last?.bson == kind)
    }

    @Test(
        "references work behind $ref, allOf and alternatives of different types, and of a list's elements",
        arguments: [
            ##"{"$ref": "#/$defs/brand"}"##, ##"{"allOf": [{"$ref": "#/$defs/brand"}]}"##,
            ##"{"oneOf": [{"type": "null"}, {"$ref": "#/$defs/brand"}]}"##,
            ##"{"type": "array", "items": {"$ref": "#/$defs/brand"}}"##,
            ##"{"type": "string", "x-ref-policy": "reject", "allOf": [{"x-ref": "catalogBrand"}]}"##,
        ])
    func references(field: String) throws {
        let last = try Self.definition(#""f": \#(field)"#, definitions: Self.definitions).fields.last
        #expect(last?.reference == "catalogBrand" && last?.referencePolicy == .reject)
    }

    @Test(
        "fields that are merged",
        arguments: [
            (##"{"type": ["integer", "null"], "x-merge": "sum"}"##, DefinitionField.Merge.sum),
            (##"{"allOf": [{"$ref": "#/$defs/money"}, {"x-merge": "sum"}]}"##, .sum),
            (##"{"$ref": "#/$defs/day", "x-merge": "max"}"##, .max),
            (##"{"type": "array", "items": {"$ref": "#/$defs/day"}, "x-merge": "append"}"##, .append),
            (##"{"x-merge": "firstWins"}"##, .firstWins), (##"{"type": "string", "x-merge": "min"}"##, .min),
        ])
    func merges(field: String, merge: DefinitionField.Merge) throws {
        let definition = try Self.definition(#""f": \#(field)"#, definitions: Self.definitions)
        #expect(definition.fields.last?.merge == merge && definition.merges)
        #expect(definition.stored(in: "other").merges)
    }

    @Test func `a key field is not merged`() throws {
        let error = try #require(throws: SchemaError.self) {
            try Definition.compile(
                JSONParser().parse(
                    """
                    {"$schema": "urn:promo-gateway:definition:1", "x-catalog": "catalogThing", "x-key": ["code"],
                     "type": "object", "required": ["code"],
                     "properties": {"code": {"type": "string", "x-merge": "firstWins"}}}
                    """), file: "thing.json")
        }
        #expect(error.pointer.description == "/properties/code/x-merge" && error.message.contains("key field code"))
    }

    @Test(
        "what would have no effect is refused, with its place and what to write",
        arguments: [
            // Field, where the error is, what it says.
            (
                ##"{"anyOf": [{"type": "string", "x-bson": "date"}, {"type": "string"}]}"##,
                "/properties/f/anyOf/0/x-bson", "x-bson has no effect under 'anyOf'"
            ),
            (
                ##"{"oneOf": [{"$ref": "#/$defs/day"}, {"const": ""}]}"##, "/properties/f/oneOf",
                "x-bson (/$defs/day/x-bson) has no effect under 'oneOf', which refers to it"
            ),
            (##"{"if": {"minLength": 3}, "then": {"x-bson": "date"}}"##, "/properties/f/then/x-bson", "'then'"),
            (
                ##"{"if": {"minLength": 3}, "else": {"$ref": "#/$defs/brand"}}"##, "/properties/f/else",
                "x-ref (/$defs/brand"
            ),
            (##"{"not": {"x-ref": "catalogBrand"}}"##, "/properties/f/not/x-ref", "'not'"),
            (
                ##"{"additionalProperties": {"x-bson": "decimal"}}"##, "/properties/f/additionalProperties/x-bson",
                "name the field in 'properties'"
            ),
            (
                ##"{"patternProperties": {"^p": {"$ref": "#/$defs/money"}}}"##, "/properties/f/patternProperties/^p",
                "x-bson (/$defs/money/x-bson) has no effect under 'patternProperties'"
            ),
            (##"{"contains": {"properties": {"d": {"$ref": "#/$defs/day"}}}}"##, "/properties/f/contains", "x-bson"),
            (
                ##"{"unevaluatedItems": {"x-bson": "decimal"}}"##, "/properties/f/unevaluatedItems/x-bson",
                "unevaluatedItems"
            ),
            (
                ##"{"dependentSchemas": {"a": {"properties": {"b": {"x-bson": "date"}}}}}"##,
                "/properties/f/dependentSchemas/a/properties/b/x-bson", "x-bson"
            ),
            (
                ##"{"allOf": [{"$ref": "#/$defs/day"}, {"x-bson": "objectId"}]}"##, "/properties/f/allOf/1/x-bson",
                "stored as date by another schema that applies to it, and as objectId"
            ),
            (##"{"anyOf": [{"$ref": "#/$defs/day"}, {"$ref": "#/$defs/money"}]}"##, "/$defs/money/x-bson", "keep one"),
            (
                ##"{"type": "string", "x-ref": "catalogItem", "allOf": [{"$ref": "#/$defs/brand"}]}"##,
                "/$defs/brand/x-ref", "refers to catalogItem; keep one"
            ),
            (
                ##"{"type": "object", "properties": {"b": {"$ref": "#/$defs/brand"}}}"##, "/$defs/brand/x-ref",
                "not further inside"
            ),
            (
                ##"{"type": "array", "items": {"type": "array", "items": {"x-ref": "catalogBrand"}}}"##,
                "/properties/f/items/items/x-ref", "not further inside"
            ),
            (
                ##"{"type": "array", "x-ref": "catalogItem", "items": {"$ref": "#/$defs/brand"}}"##,
                "/properties/f/x-ref", "the elements of this list refer to catalogBrand"
            ),
            (##"{"type": "string", "x-ref-policy": "reject"}"##, "/properties/f/x-ref-policy", "without x-ref"),
            (
                ##"{"$id": "urn:other", "$schema": "https://json-schema.org/draft/2020-12/schema", "x-bson": "date"}"##,
                "/properties/f/x-bson", "not a keyword of this schema's dialect"
            ),
            (##"{"type": "number", "x-merge": "sum"}"##, "/properties/f/x-merge", "stored as long, decimal"),
            (##"{"type": "string", "x-merge": "append"}"##, "/properties/f/x-merge", "stored as array"),
            (##"{"type": "boolean", "x-merge": "min"}"##, "/properties/f/x-merge", "this one is stored as bool"),
            (##"{"type": "integer", "x-merge": "add"}"##, "/properties/f/x-merge", "must be sum, min, max"),
            (##"{"type": "integer", "x-merg": "sum"}"##, "/properties/f", "did you mean x-merge?"),
            (
                ##"{"type": "integer", "x-merge": "sum", "allOf": [{"x-merge": "max"}]}"##,
                "/properties/f/allOf/0/x-merge", "another schema of this value says sum"
            ),
            (
                ##"{"type": "object", "properties": {"n": {"type": "integer", "x-merge": "sum"}}}"##,
                "/properties/f/properties/n/x-merge", "not further inside"
            ),
            (
                ##"{"type": "array", "items": {"type": "integer", "x-merge": "sum"}}"##, "/properties/f/items/x-merge",
                "not further inside"
            ),
            (##"{"if": {"minimum": 3}, "then": {"x-merge": "max"}}"##, "/properties/f/then/x-merge", "'then'"),
            (##"{"type": "string", "x-bsn": "date"}"##, "/properties/f", "did you mean x-bson?"),
            (
                ##"{"type": "string", "x-ref": "catalogBrand", "x-ref-polcy": "reject"}"##, "/properties/f",
                "did you mean x-ref-policy?"
            ),
            (##"{"type": "string", "x-Secret": true}"##, "/properties/f", "did you mean x-secret?"),
            (##"{"type": "string", "x-immutable": true}"##, "/properties/f", "x-immutable has no effect here"),
            (##"{"allOf": [{"x-immutable": true}]}"##, "/properties/f/allOf/0", "x-immutable has no effect here"),
        ])
    func refused(field: String, place: String, words: String) throws {
        let error = try #require(throws: SchemaError.self) {
            try Self.definition(#""f": \#(field)"#, definitions: Self.definitions)
        }
        #expect(error.message.contains(words), "\(error)")
        #expect(
            error.pointer.description == place || error.pointer.description.hasPrefix(place + "/x-"), "\(error.pointer)"
        )
        #expect(error.position != nil)
    }

    @Test(
        "the same under the record itself",
        arguments: [
            (#", "then": {"properties": {"f": {"x-bson": "date"}}}, "if": {"required": ["f"]}"#, "x-bson"),
            (#", "anyOf": [{"properties": {"f": {"x-ref": "catalogBrand"}}}, {"required": ["f"]}]"#, "x-ref"),
            (#", "x-ref": "catalogBrand""#, "x-ref"),
        ])
    func root(root: String, word: String) throws {
        let error = try #require(throws: SchemaError.self) { try Self.definition(#""f": {}"#, root: root) }
        #expect(error.message.contains(word), "\(error)")
    }

    @Test func `fields of schemas that the record refers to are its own`() throws {
        let definition = try Self.definition(
            #""f": {"x-ref-policy": "warn"}"#,
            root:
                ##", "$ref": "#/$defs/base", "allOf": [{"required": ["g"], "properties": {"g": {"type": "integer"}}}]"##,
            definitions: """
                {"base": {"properties": {"f": {"type": "string", "x-ref": "catalogBrand"},
                  "when": {"type": ["string", "null"], "x-bson": "date", "title": "When"}},
                  "unevaluatedProperties": true}}
                """)
        #expect(definition.fields.map(\.name) == ["code", "f", "when", "g"])
        #expect(definition.fields.map(\.bson) == [.string, .string, .date, .long])
        #expect(definition.fields.map(\.isRequired) == [true, false, false, true])
        #expect(definition.fields[1].reference == "catalogBrand" && definition.fields[1].referencePolicy == .warn)
        #expect(definition.fields[2].title == "When" && definition.convertsStrings)
        #expect(definition.allowsUnknownFields)
    }

    @Test func `forms follow references, also those that return to themselves`() throws {
        let definition = try Self.definition(
            ##""line": {"$ref": "#/$defs/line"}, "list": {"prefixItems": [{"type": "string"}, {"$ref": "#/$defs/day"}], "items": {"$ref": "#/$defs/money"}}"##,
            definitions: Self.definitions)
        func form(_ name: String) -> StoredForm? {
            var name = name
            return name.withUTF8 { definition.form(named: $0) }
        }
        func member(_ form: StoredForm?, _ name: String) -> StoredForm? {
            var name = name
            return name.withUTF8 { form?.member(named: $0) }
        }
        let line = form("line")
        #expect(member(line, "at")?.bson == .date)
        #expect(member(member(member(line, "next"), "next"), "at")?.bson == .date)
        #expect(member(line, "other") == nil)
        let list = form("list")
        #expect(list?.element(0) == nil && list?.element(1)?.bson == .date)
        #expect(list?.element(2)?.bson == .decimal && list?.element(100)?.bson == .decimal)
        #expect(form("code") == nil)
    }

    @Test func `what may be secret is secret, and a key is not`() throws {
        let definition = try Self.definition(
            #"""
            "pin": {"anyOf": [{"type": "string", "minLength": 4, "x-secret": true}, {"type": "null"}]},
            "token": {"if": {"type": "string"}, "then": {"x-secret": true, "const": "t"}}
            """#)
        #expect(definition.secretNames == ["pin", "token"])
        let found = try violations(definition.program(.complete), #"{"code":"a","pin":"123","token":"hunter2"}"#)
        #expect(found.count == 2)
        #expect(found.allSatisfy { $0.found == "(secret)" && !$0.text.contains("123") && !$0.text.contains("hunter") })
        let error = #expect(throws: SchemaError.self) {
            try Definition.compile(
                JSONParser().parse(
                    """
                    {"$schema": "urn:promo-gateway:definition:1", "x-catalog": "catalogThing", "x-key": ["code"],
                     "type": "object", "required": ["code"],
                     "properties": {"code": {"type": "string", "x-secret": true}}}
                    """), file: "thing.json")
        }
        #expect(error?.message.contains("the key field code cannot be secret") == true)
    }
}
