import Testing

@testable import Mappings

/// Names of members that are not identifiers, and texts that look like paths.
@Suite struct PathNameTests {
    @Test(
        "every name of a member can be written as a path",
        arguments: [
            (".@id", "@id"), (".#text", "#text"), (".2x", "2x"), (".['Precio Lista']", "Precio Lista"),
            ("\".['Precio Lista']\"", "Precio Lista"), (".['a.b']", "a.b"), (".$oid", "$oid"),
            (".xsi:type", "xsi:type"),
            (".['5']", "5"), (".['it\\'s']", "it's"), (".[\"a b\"]", "a b"), (".año", "año"), (".a-b", "a-b"),
            ("$.a[0].b[0].@id", "@id"), ("$.a[0].b[0].['@id']", "@id"), ("$['a'][0].b[0]['2x']", "2x"),
        ])
    func names(path: String, name: String) {
        let quoted = path.contains("\"") && !path.hasPrefix("\"") ? "'\(path)'" : path
        let shown = quoted.contains("\\'") ? "\"\(quoted.replacing("\\", with: "\\\\"))\"" : quoted
        for field in [shown, "path: \(shown)"] {
            let mapping = Mapping(
                field: field.hasPrefix("path")
                    ? field : "path: [\(field.hasPrefix("\"") || field.hasPrefix("'") ? field : "\"\(field)\"")]")
            #expect(mapping.field("{\"\(name)\":7}") == "7", "\(mapping.shown)")
        }
    }

    @Test(
        "a path is shown as it can be written",
        arguments: [
            "$.a.b[0]", ".a", ".", "$", "^^.a", ".@id", ".['a b']", ".['a.b'].c", "$['a b'][-1]", ".[0].x", "^.#text",
            "$.a[*].b[*]?", ".['5']", "$.5", ".['it\\'s']", ".['a\\\\b']",
        ])
    func shown(text: String) throws {
        let path = try PathParser.parse(text, allowsMany: true)
        #expect(try PathParser.parse(path.text, allowsMany: true) == path)
        #expect(path.text == text || path.text == "$['5']" || path.text == "$['a b'][-1]", "\(path.text)")
    }

    @Test(
        "the remedy for a bare name can be written as it is",
        arguments: ["Precio Lista", "#text", "2x", "a.b", "it's", "name"])
    func remedy(name: String) throws {
        let mistake = Mapping(field: "path: .x\ndefault: .y").mistakes
        #expect(mistake.isEmpty)
        let mapping = Mapping(message: "companyId: c\nitems: $.i[*]\noperation: I\nfields: { f: \"\(name)\" }")
        let message = try #require(mapping.mistakes.first).message
        let path = try #require(message.split(separator: "write ").last?.split(separator: " for the item's").first)
        #expect(try PathParser.parse(String(path)).tokens == [name])
    }

    @Test(
        "texts in concat are texts",
        arguments: [
            (#"[.u, "@", .h]"#, #""ana@x""#), (#"[.u, "@x.com"]"#, #""ana@x.com""#), (#"[.u, "."]"#, #""ana.""#),
            (#"[.u, ".jpg"]"#, #""ana.jpg""#), (#"[.u, "^"]"#, #""ana^""#), (#"[.u, "$"]"#, #""ana$""#),
            (#"[.u, "$5"]"#, #""ana$5""#), (#"[.u, "$.50"]"#, #""ana$.50""#), (#"[.u, "@.x"]"#, #""ana@.x""#),
            (#"[.u, "$.n"]"#, #""anaroot""#), (#"[.u, "$['n']"]"#, #""anaroot""#), (#"[.u, .5]"#, #""ana.5""#),
            (#"[.u, "[x]"]"#, #""ana[x]""#), (#"[.u, { value: ".h" }]"#, #""ana.h""#),
        ])
    func concat(parts: String, expected: String) {
        let mapping = Mapping(field: "concat: \(parts)")
        #expect(mapping.field(#"{"u":"ana","h":"x"}"#) == expected, "\(mapping.shown)")
    }

    @Test(
        "what could be a path or a text is refused",
        arguments: [
            "concat: [.u, \".l[0].x\"]", "concat: [.u, \"^.l[0]\"]", "path: .x\ndefault: \".l[0]\"",
            "choose:\n  - when: { path: .a, exists: true }\n    then: \".l[0]\"", "concat: [.u, $]", "concat: [.u, ^]",
        ])
    func unclear(field: String) {
        let mapping = Mapping(field: field)
        #expect(mapping.mistakes.map(\.rule) == ["text-or-path"], "\(mapping.shown)")
    }

    @Test(
        "YAML's own complaints are reported in the words of mappings",
        arguments: [
            ("{ path: .a[0].b }", "inside of { } and [ ] a path with brackets stands in quotes: \".a[0].b\""),
            (
                "{ path: $.items[0].code, trim: true }",
                "inside of { } and [ ] a path with brackets stands in quotes: \"$.items[0].code\""
            ),
            ("@id", "in YAML no word begins with '@'; write the item's member as .@id"),
            ("{ <<: x, path: .a }", "YAML's merge key '<<' is not read; write the keys out"),
        ])
    func yaml(value: String, message: String) {
        let text =
            "routes:\n  r:\n    from: { amqp: { queue: q } }\n    definition: catalogItem\n    message:\n      companyId: c\n"
            + "      items: $.i[*]\n      operation: I\n      fields:\n        f: \(value)\n"
        #expect(Mapping(text).mistakes.map(\.message).contains { $0.hasPrefix(message) }, "\(Mapping(text).shown)")
    }
}
