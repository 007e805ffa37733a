import Testing

/// Lists that no sender sent: of jq, constants and defaults.
@Suite struct ListTests {
    @Test(
        "every list can be joined, mapped and split",
        arguments: [
            ("jq: .l", #"{"l":["a","b"]}"#), ("path: .l", #"{"l":["a","b"]}"#), ("value: [a, b]", "{}"),
            ("path: .no\ndefault: { value: [a, b] }", "{}"), ("path: .s\nsplit: \",\"", #"{"s":"a,b"}"#),
        ])
    func lists(source: String, item: String) {
        #expect(Mapping(field: "\(source)\njoin: \"-\"").field(item) == #""a-b""#)
        #expect(Mapping(field: "\(source)\neach: { path: ., upper: true }").field(item) == #"["A","B"]"#)
        #expect(Mapping(field: "\(source)\neach: { path: ., upper: true }\njoin: \"\"").field(item) == #""AB""#)
        guard !source.contains("split") else { return }
        #expect(Mapping(field: "\(source)\nsplit: \",\"").field(item) == #"["a","b"]"#)
    }

    @Test(
        "members of a list's elements can be read",
        arguments: [
            ("jq: .l\neach: .c", #"["x","y"]"#), ("jq: .l\neach: { path: \".d[0]\", integer: true }", "[1,2]"),
            ("jq: .l\neach: { fields: { c: .c, n: \".d[-1]\" } }", #"[{"c":"x","n":1},{"c":"y","n":2}]"#),
            ("value: [{ c: 1, c2: [{ d: e }] }]\neach: \".c2[0].d\"", #"["e"]"#),
            ("jq: '[.l[].d]'\neach: \".[0]\"", "[1,2]"), ("jq: .l\neach: .", #"[{"c":"x","d":[1]},{"c":"y","d":[2]}]"#),
        ])
    func inside(field: String, expected: String) {
        #expect(Mapping(field: field).field(#"{"l":[{"c":"x","d":[1]},{"c":"y","d":[2]}]}"#) == expected)
    }

    @Test(
        "a value that is not a list is refused",
        arguments: ["jq: .o", "value: { a: 1 }", "path: .o", "fields: { a: .o }"])
    func noList(source: String) {
        for step in ["join: \"-\"", "each: ."] {
            let mapping = Mapping(field: "\(source)\n\(step)")
            let found = mapping.field(#"{"o":{"a":1}}"#)
            #expect(found.contains("expected a list, found an object") || found.contains("takes a list"), "\(found)")
        }
    }

    @Test func `lists that jq makes are read for all of many items`() {
        let mapping = Mapping(
            message:
                "companyId: c\nitems: $.i[*]\noperation: I\nfields: { f: { jq: .l, each: { path: .a, text: true } }, g: { jq: .l, each: .b } }"
        )
        let item = #"{"l":[{"a":1,"b":"x"},{"a":2,"b":"y"}]}"#
        let items = Array(repeating: item, count: 300).joined(separator: ",")
        let one = #"{"operation":"I","f":["1","2"],"g":["x","y"]}"#
        #expect(mapping.map(#"{"i":[\#(items)]}"#) == Array(repeating: one, count: 300).joined(separator: ","))
    }
}
