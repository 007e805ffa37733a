import JSON
import Testing

@testable import Schemas

/// Work that a value or a schema asks for is counted, and beyond its bound the value or the schema is refused by name.
@Suite struct WorkTests {
    @Test(
        "every unit of a pattern's work counts",
        arguments: [
            ("[\\p{L}\\p{N}]{3000}", String(repeating: "é", count: 2500) + " ", 20),
            ("^(a*)\\1b", String(repeating: "a", count: 30_000), 1),
            ("[a-z]{3000}?!", String(repeating: "a", count: 30_000), 1),
            ("(?:a|b|c|d|e|f|g|h){2000}x", String(repeating: "h", count: 30_000), 1),
            ("(?<=a{1000})b", String(repeating: "a", count: 30_000), 1),
            ("(a{1000}){1000}", String(repeating: "a", count: 30_000), 1),
            ("(?:(?:(?:x?){50}){50}){50}y", String(repeating: "x", count: 2000), 1),
            ("^(?:(a)|(b)|(c)|(d)|(e)|(f)|(g)|(h))*\\1z", String(repeating: "abcdefgh", count: 4000), 1),
        ])
    func steps(pattern: String, text: String, times: Int) throws {
        let whole = String(repeating: text, count: times)
        let start = ContinuousClock.now
        #expect(try `Regular expressions`.match(pattern, whole) == .tooManySteps)
        #expect(start.duration(to: .now) < .seconds(20))
    }

    @Test func `patterns that are linear are not held to a bound, however long the text`() throws {
        for (pattern, text) in [
            ("^[\\p{L}\\p{N} ]*$", String(repeating: "añ1 ", count: 20_000)),
            ("^[a-z]+$", String(repeating: "a", count: 100_000)),
            ("b$", String(repeating: "a", count: 100_000) + "b"), ("^(a*)\\1$", String(repeating: "a", count: 20_000)),
        ] {
            #expect(try `Regular expressions`.match(pattern, text) == .found)
        }
    }

    @Test func `many names share the steps of one value, so that each cannot take all`() throws {
        let program = try compiled(#"{"patternProperties": {"^(a|aa)+$": true}}"#)
        let hostile = (0..<300).map { "\"\(String(repeating: "a", count: 60))b\($0)\":1" }.joined(separator: ",")
        let found = try violations(program, "{\(hostile)}")
        #expect(found.first?.text.contains("too many steps") == true)
        let friendly = (0..<3000).map { "\"\(String(repeating: "a", count: 20))\($0)b\":1" }.joined(separator: ",")
        let plain = try compiled(#"{"patternProperties": {"^a*[0-9]+b$": {"type": "integer"}, "^x": false}}"#)
        #expect(try violations(plain, "{\(friendly)}").isEmpty)
    }

    /// `levels` schemas, each of which refers twice to the next.
    private static func doubled(_ levels: Int, keyword: String = "allOf") -> String {
        let all = (0..<levels).map { level in
            let next = level == levels - 1 ? "true" : ##"{"$ref": "#/$defs/a\##(level + 1)"}"##
            return #""a\#(level)": {"\#(keyword)": [\#(next), \#(next)]}"#
        }
        return ##"{"$ref": "#/$defs/a0", "$defs": {\##(all.joined(separator: ","))}}"##
    }

    @Test(arguments: ["allOf", "anyOf", "oneOf"])
    func `references that double with each level are refused where they become too many`(_ keyword: String) throws {
        #expect(try compileError(Self.doubled(10, keyword: keyword)) == nil)
        #expect(try compileError(Self.doubled(26, keyword: keyword))?.code == .tooComplex)
        #expect(try compileError(Self.doubled(2000, keyword: keyword))?.code == .tooComplex)
    }

    @Test func `references that double with each level of the value end in a violation`() throws {
        let program = try compiled(
            ##"{"properties": {"a": {"allOf": [{"$ref": "#"}, {"$ref": "#"}]}}, "type": ["object", "null"]}"##)
        func value(_ levels: Int) -> String {
            (0..<levels).reduce("null") { inner, _ in #"{"a":\#(inner)}"# }
        }
        #expect(try violations(program, value(8)).isEmpty)
        #expect(try violations(program, value(60)).first?.text.contains("too much work") == true)
        let opposite = try compiled(
            ##"{"not": {"$ref": "#/$defs/d"}, "$defs": {"d": {"properties": {"a": {"allOf": [{"$ref": "#/$defs/d"}, {"$ref": "#/$defs/d"}]}}}}}"##
        )
        #expect(try !violations(opposite, value(60)).isEmpty, "what cannot be checked is never valid")
    }

    @Test func `a long chain of references costs no stack and no square`() throws {
        let count = 10_000
        let all = (0..<count).map { level in
            #""a\#(level)": "#
                + (level == count - 1
                    ? #"{"type": "string", "x-bson": "date"}"# : ##"{"$ref": "#/$defs/a\##(level + 1)"}"##)
        }
        let program = try compiled(
            ##"{"properties": {"p": {"$ref": "#/$defs/a0"}}, "$defs": {\##(all.joined(separator: ","))}}"##)
        #expect(try violations(program, #"{"q": 1}"#).isEmpty)
        #expect(try !violations(program, #"{"p": 1}"#).isEmpty)
    }

    @Test(
        "large values are compared, made unique and searched in time that grows with their size",
        arguments: [
            (
                #"{"uniqueItems": true}"#,
                "[" + (0..<5000).map { #"{"a":\#($0),"b":[\#($0)]}"# }.joined(separator: ",") + "]", true
            ),
            (#"{"uniqueItems": true}"#, "[" + (0..<5000).map { "\($0)" }.joined(separator: ",") + ",7]", false),
            (
                #"{"propertyNames": {"maxLength": 8}}"#,
                "{" + (0..<5000).map { #""n\#($0)":1"# }.joined(separator: ",") + "}", true
            ),
            (
                #"{"contains": {"const": -1}, "minContains": 1}"#,
                "[" + (0..<5000).map { "\($0)" }.joined(separator: ",") + "]", false
            ),
            (
                #"{"items": {"enum": [\#((0..<500).map { #""code\#($0)""# }.joined(separator: ","))]}}"#,
                "[" + (0..<2000).map { #""code\#($0 % 500)""# }.joined(separator: ",") + "]", true
            ),
            (
                #"{"required": [\#((0..<2000).map { #""n\#($0)""# }.joined(separator: ","))]}"#,
                "{" + (0..<2000).map { #""n\#($0)":1"# }.joined(separator: ",") + "}", true
            ),
            (
                #"{"unevaluatedProperties": false, "anyOf": [{"patternProperties": {"^n": true}}, true]}"#,
                "{" + (0..<5000).map { #""n\#($0)":1"# }.joined(separator: ",") + "}", true
            ),
        ] as [(String, String, Bool)])
    func large(schema: String, value: String, isValid: Bool) throws {
        let start = ContinuousClock.now
        #expect(try violations(compiled(schema), value).isEmpty == isValid)
        #expect(start.duration(to: .now) < .seconds(20))
    }

    @Test(
        "multiples are found for numbers of any length",
        arguments: [
            ("0.01", "1e1000000", true), ("7", "1e1000000000", false),
            ("3", String(repeating: "3", count: 10_000), true),
            ("3", String(repeating: "3", count: 9_999) + "4", false),
            ("0.1", "1." + String(repeating: "0", count: 9000) + "1", false),
            ("1e-5000", "1", true), ("1e5000", "1", false), ("1e5000", "3e5001", true),
            ("99999999999999999999999", "99999999999999999999999e50", true),
            ("99999999999999999999999", "99999999999999999999998e50", false),
        ])
    func multiples(divisor: String, value: String, isMultiple: Bool) throws {
        #expect(try violations(compiled(#"{"multipleOf": \#(divisor)}"#), value).isEmpty == isMultiple)
    }

    @Test(
        "limits that no number of the machine can hold",
        arguments: [
            (#"{"minLength": 1e30}"#, #""abc""#, false), (#"{"maxLength": 1e400}"#, #""abc""#, true),
            (#"{"maxItems": 9223372036854775808}"#, "[1]", true),
            (#"{"minItems": 2147483648}"#, "[1]", false), (#"{"minProperties": 1e1000000000}"#, "{}", false),
            (#"{"minContains": 99999999999999999999, "contains": true}"#, "[1]", false),
            (#"{"maxContains": 1e99, "contains": true}"#, "[1]", true),
            (#"{"minimum": -9223372036854775808, "maximum": 1e1000000000}"#, "-9223372036854775808", true),
            (#"{"exclusiveMaximum": 1e-1000000000}"#, "1e-1000000000", false),
            (#"{"const": 1e999999999}"#, "10e999999998", true),
            (#"{"type": "integer"}"#, "1e1000000000", true), (#"{"type": "integer"}"#, "1e-1000000000", false),
        ] as [(String, String, Bool)])
    func limits(schema: String, value: String, isValid: Bool) throws {
        #expect(try violations(compiled(schema), value).isEmpty == isValid)
    }

    @Test func `formats of long texts are answered`() throws {
        let formats = [
            "date", "time", "date-time", "duration", "email", "idn-email", "hostname", "idn-hostname", "ipv4", "ipv6",
            "uri",
            "uri-reference", "iri", "iri-reference", "uri-template", "uuid", "json-pointer", "relative-json-pointer",
            "regex",
        ]
        let start = ContinuousClock.now
        for format in formats {
            let program = try compiled(#"{"format": "\#(format)"}"#, assertFormats: true)
            for piece in ["a", "a.", "1", ":", "(a|", "é", "%41", "{a}", "/~0", "P1", "xn--"] {
                _ = try violations(program, "\"" + String(repeating: piece, count: 10_000 / piece.utf8.count) + "\"")
            }
        }
        #expect(start.duration(to: .now) < .seconds(60))
    }
}

@Suite struct DynamicDefinitionTests {
    private static func field(_ code: String, _ extra: String = "") -> DynamicField {
        let text = """
            {"$schema": "urn:promo-gateway:definition:1", "x-catalog": "catalog\(code)", "x-key": ["code"], "type": "object",
             "required": ["code"], "properties": {"code": {"type": "string"}}\(extra)}
            """
        return DynamicField(
            code: code, title: nil, definition: DefinitionFile(name: "dynamicField \(code)", bytes: Array(text.utf8)))
    }

    @Test func `one that is too complex is refused by name, and the others are there`() throws {
        let levels = 26
        let all = (0..<levels).map { level in
            let next = level == levels - 1 ? "true" : ##"{"$ref": "#/$defs/a\##(level + 1)"}"##
            return #""a\#(level)": {"allOf": [\#(next), \#(next)]}"#
        }
        let bad = Self.field(
            "Bad", ##", "allOf": [{"$ref": "#/$defs/a0"}], "$defs": {\##(all.joined(separator: ","))}"##)
        let large = DynamicField(
            code: "Large", title: nil,
            definition: DefinitionFile(
                name: "dynamicField Large", bytes: [UInt8](repeating: 32, count: DynamicField.maximumBytes + 1)))
        var definitions = DynamicDefinitions()
        let (catalogs, errors) = try definitions.add([Self.field("A"), bad, large, Self.field("B")], to: .builtin())
        #expect(catalogs["catalogA"] != nil && catalogs["catalogB"] != nil && catalogs["catalogBad"] == nil)
        #expect(
            errors.map { "\($0.file ?? "") \($0.code)" } == [
                "dynamicField Bad tooComplex", "dynamicField Large tooComplex",
            ])
    }

    @Test func `only what changed is compiled again`() throws {
        let builtin = try Catalogs.builtin()
        var definitions = DynamicDefinitions()
        let (first, _) = definitions.add([Self.field("A"), Self.field("B"), Self.field("C")], to: builtin)
        let (second, errors) = definitions.add([Self.field("A"), Self.field("B", #", "title": "b""#)], to: builtin)
        #expect(errors.isEmpty)
        #expect(first["catalogA"] === second["catalogA"])
        #expect(second["catalogB"] !== first["catalogB"] && second["catalogB"]?.title == "b")
        #expect(second["catalogC"] == nil)
    }

    @Test func `a second document of one code is told`() throws {
        var definitions = DynamicDefinitions()
        let (catalogs, errors) = try definitions.add([Self.field("A"), DynamicField(code: "A")], to: .builtin())
        #expect(catalogs["catalogA"]?.fields.count == 1)
        #expect(errors.map(\.code) == [.duplicate])
    }

    @Test func `two of one collection are told, whichever comes first`() throws {
        var definitions = DynamicDefinitions()
        let (catalogs, errors) = try definitions.add(
            [Self.field("A", #", "x-collection": "one""#), Self.field("B", #", "x-collection": "one""#)], to: .builtin()
        )
        #expect(catalogs["catalogA"] != nil && catalogs["catalogB"] == nil)
        #expect(errors.map(\.code) == [.duplicate])
    }

    @Test func `twice as many take about twice as long`() throws {
        let builtin = try Catalogs.builtin()
        func time(_ count: Int) -> Duration {
            let fields = (0..<count).map { DynamicField(code: "Field\($0)") }
            var definitions = DynamicDefinitions()
            let start = ContinuousClock.now
            let (catalogs, errors) = definitions.add(fields, to: builtin)
            #expect(errors.isEmpty && catalogs.all.count == builtin.all.count + count)
            return start.duration(to: .now)
        }
        _ = time(50)
        let (small, large) = (min(time(200), time(200)), min(time(800), time(800)))
        // Linear is 4; quadratic would be 16.
        #expect(large / small < 10, "\(small), \(large)")
    }
}
