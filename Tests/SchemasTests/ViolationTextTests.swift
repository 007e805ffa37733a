import JSON
import Testing

@testable import Schemas

@Suite struct `Violations in words` {
    /// Schema of one value, in the dialect of definitions; the value; keyword; sentence.
    static let table: [(String, String, String, String)] = [
        (
            #""type": "number", "x-bson": "decimal""#, #""12,5""#, "type",
            #"expected a decimal number, found the string "12,5"; write 12.5"#
        ),
        (
            #""type": "number", "x-bson": "decimal""#, #""1.234,56""#, "type",
            #"expected a decimal number, found the string "1.234,56"; write 1234.56"#
        ),
        (
            #""type": "number", "x-bson": "decimal""#, #""12.5""#, "type",
            #"expected a decimal number, found the string "12.5"; write 12.5, without quotes"#
        ),
        (
            #""type": "number", "x-bson": "decimal""#, #""caro""#, "type",
            #"expected a decimal number, found the string "caro"; write digits without quotes, such as 12.5"#
        ),
        (
            #""type": ["number", "null"], "x-bson": "decimal""#, "true", "type",
            "expected a decimal number, found true; write digits, such as 12.5"
        ),
        (
            #""type": "integer""#, "1.5", "type",
            "expected a whole number, found the number 1.5; write it without a fraction"
        ),
        (
            #""type": "integer""#, #""12.5""#, "type",
            #"expected a whole number, found the string "12.5"; write a whole number without quotes, such as 12"#
        ),
        (#""type": "string""#, "12", "type", #"expected a string, found the number 12; write "12", with quotes"#),
        (
            #""type": "string""#, "null", "type",
            "expected a string, found null; write a value; null is not allowed here"
        ),
        (
            #""type": "boolean""#, #""si""#, "type",
            #"expected true or false, found the string "si"; write true, without quotes"#
        ),
        (#""type": "boolean""#, "0", "type", "expected true or false, found the number 0; write false"),
        (#""type": "array""#, #""779""#, "type", #"expected a list, found the string "779"; write ["779"]"#),
        (
            #""type": ["string", "integer"]"#, "{}", "type",
            "expected a string or a whole number, found an empty object; write text in quotes"
        ),
        (
            #""type": "string", "format": "date-or-date-time", "x-bson": "date""#, #""2021-02-29""#, "format",
            #"expected a date such as "2021-12-31", or a date and time such as "2021-12-31T23:59:59Z", found the string "2021-02-29"; that month has 28 days"#
        ),
        (
            #""type": "string", "format": "date-or-date-time""#, #""31/12/2021""#, "format",
            #"expected a date such as "2021-12-31", or a date and time such as "2021-12-31T23:59:59Z", found the string "31/12/2021"; write "2021-12-31""#
        ),
        (
            #""type": "string", "format": "date-or-date-time""#, #""2021-12-31T10:00:00""#, "format",
            #"expected a date such as "2021-12-31", or a date and time such as "2021-12-31T23:59:59Z", found the string "2021-12-31T10:00:00"; add the time zone: Z, or an offset such as -03:00"#
        ),
        (
            #""type": "string", "x-bson": "date""#, #""ayer""#, "x-bson",
            #"expected a date such as "2021-12-31", or a date and time such as "2021-12-31T23:59:59Z", found the string "ayer"; write it as "2021-12-31""#
        ),
        (
            #""type": "string", "x-bson": "date""#, "20211231", "type",
            #"expected a date such as "2021-12-31", found the number 20211231; write it as "2021-12-31""#
        ),
        (
            #""type": "string", "x-bson": "objectId""#, #""603d""#, "x-bson",
            #"expected an identifier of 24 hexadecimal digits, found the string "603d""#
        ),
        (
            #""type": "string", "format": "email""#, #""ana@""#, "format",
            #"expected an e-mail address such as "ana@example.com", found the string "ana@""#
        ),
        (
            #""enum": ["ENABLED", "DISABLED"]"#, #""enabled""#, "enum",
            #"expected one of "ENABLED", "DISABLED", found the string "enabled"; write "ENABLED""#
        ),
        (#""const": {"a": 1}"#, "1", "const", #"expected {"a": 1}, found the number 1; write that"#),
        (
            #""minLength": 1"#, #""""#, "minLength",
            "expected at least 1 character, found an empty string; write a longer text"
        ),
        (
            #""maxLength": 3"#, #""ñandú""#, "maxLength",
            #"expected at most 3 characters, found 5: "ñandú"; shorten it"#
        ),
        (
            #""pattern": "^\\d+$""#, #""a""#, "pattern",
            #"expected a string that matches the pattern ^\d+$, found the string "a""#
        ),
        (
            #""pattern": "^(a+)+$""#, "\"" + String(repeating: "a", count: 40) + "b\"", "pattern",
            "checking the pattern took too many steps, so the value is refused; shorten the value, or simplify the pattern"
        ),
        (#""minimum": 0"#, "-1", "minimum", "expected a number of at least 0, found the number -1"),
        (#""exclusiveMaximum": 1e1"#, "10", "exclusiveMaximum", "expected a number less than 1e1, found the number 10"),
        (#""multipleOf": 0.01"#, "0.005", "multipleOf", "expected a multiple of 0.01, found the number 0.005"),
        (#""minItems": 1"#, "[]", "minItems", "expected at least 1 element, found an empty list; add elements"),
        (
            #""uniqueItems": true"#, "[1, 2, 1.0]", "uniqueItems",
            "expected elements that all differ, found elements 0 and 2 with the same value; remove one of them"
        ),
        (
            #""contains": {"type": "null"}"#, "[1]", "contains",
            "expected at least 1 element of the kind asked for, found a list of 1"
        ),
        (#""required": ["name"]"#, "{}", "required", #"the field "name" is missing; add it"#),
        (
            #""dependentRequired": {"a": ["b"]}"#, #"{"a": 1}"#, "dependentRequired",
            #"the field "b" is missing, which other given fields require; add it"#
        ),
        (
            #""not": {"type": "string"}"#, #""a""#, "not",
            #"expected a value that does not fit what is excluded, found the string "a"; write another value"#
        ),
        (
            #""anyOf": [{"type": "string"}, {"type": "array"}]"#, "1", "anyOf",
            "expected a string or a list, found the number 1"
        ),
        (
            #""anyOf": [{"type": "string"}, {"required": ["a"]}]"#, "{}", "anyOf",
            #"expected a value that fits one of 2 alternatives, found an empty object; to be alternative 2: the whole value: the field "a" is missing; add it"#
        ),
        (
            #""oneOf": [true, true]"#, "1", "oneOf",
            "expected a value that fits exactly one of 2 alternatives, found the number 1, which fits more than one"
        ),
        (
            #""type": "integer""#, "9223372036854775808", "x-bson",
            "expected a whole number between -9223372036854775808 and 9223372036854775807, found the number 9223372036854775808; the store cannot hold a larger one; send it as a string if the definition can be changed to one"
        ),
        (
            #""type": "number""#, "0.12345678901234567890", "x-bson",
            "expected a number that a double can hold with all its digits, found the number 0.12345678901234567890; write at most 15 digits, or store it as a decimal (x-bson: decimal)"
        ),
        (
            #""type": "number", "x-bson": "decimal""#, "1e400", "x-bson",
            "expected a decimal number of at most 34 digits, below 1e309, found the number 1e400; write fewer digits"
        ),
    ]

    @Test(arguments: table)
    func `say what is asked for, what is there, and what to write`(
        _ schema: String, _ value: String, _ keyword: String, _ sentence: String
    ) throws {
        let program = try compiled(#"{"$schema": "urn:promo-gateway:definition:1", \#(schema)}"#)
        let found = try violations(program, value)
        #expect(found.map(\.keyword) == [keyword])
        #expect(found.map(\.text) == ["the whole value: \(sentence)"])
        #expect(found.first?.schemaFile == "schema.json")
    }

    @Test(
        arguments: [
            (
                #"{"properties": {"alpha": true}, "additionalProperties": false}"#, #"{"alpa": 1}"#,
                "additionalProperties",
                #"/alpa: the definition has no such field; remove it, or did you mean "alpha"?"#
            ),
            (
                #"{"properties": {"alpha": true}, "unevaluatedProperties": false}"#, #"{"x/y": 1}"#,
                "unevaluatedProperties",
                "/x~1y: the definition has no such field; remove it"
            ),
            (
                #"{"properties": {"a": false}}"#, #"{"a": 1}"#, "false",
                "/a: expected nothing here, found the number 1; remove it"
            ),
            (
                #"{"prefixItems": [true], "items": false}"#, "[1, 2]", "items",
                "/1: expected no further elements, found the number 2; remove it"
            ),
            (
                #"{"propertyNames": {"maxLength": 1}}"#, #"{"ab": 1}"#, "propertyNames",
                #"/ab: expected a name that the definition allows, found the name "ab"; rename the field"#
            ),
            (
                #"{"items": {"properties": {"a": {"type": "string"}}}}"#, #"[{}, {"a": 1}]"#, "type",
                #"/1/a: expected a string, found the number 1; write "1", with quotes"#
            ),
        ] as [(String, String, String, String)])
    func `say where`(_ schema: String, _ value: String, _ keyword: String, _ text: String) throws {
        let found = try violations(try compiled(schema), value)
        #expect(found.map(\.keyword) == [keyword])
        #expect(found.map(\.text) == [text])
    }

    @Test func `come in the order of the text, all of them`() throws {
        let program = try compiled(
            #"{"required": ["z"], "properties": {"a": {"type": "string"}, "b": {"minimum": 3, "multipleOf": 2}}}"#)
        let found = try violations(program, #"{"b": 1, "a": 1}"#)
        #expect(
            found.map { "\($0.keyword) \($0.pointer) \($0.schemaPointer)" } == [
                "required  /required", "minimum /b /properties/b/minimum", "multipleOf /b /properties/b/multipleOf",
                "type /a /properties/a/type",
            ])
    }

    @Test func `are cut short, and hide what would change how they look`() throws {
        let program = try compiled(#"{"type": "number"}"#)
        let long = try #require(try violations(program, "\"" + String(repeating: "x", count: 500) + "\"").first)
        #expect(long.found == "the string \"" + String(repeating: "x", count: 60) + "…\"")
        let strange = try #require(try violations(program, #""a\n\u0000\u202e\"b""#).first)
        #expect(strange.found == #"the string "a\n\u0000\u202E\"b""#)
    }

    @Test func `of a branch do not also make its fields unknown`() throws {
        let program = try compiled(
            #"{"allOf": [{"properties": {"a": {"type": "string"}}}], "unevaluatedProperties": false}"#)
        #expect(try violations(program, #"{"a": 1, "b": 2}"#).map(\.pointer) == ["/a", "/b"])
    }
}
