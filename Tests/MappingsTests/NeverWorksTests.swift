import JSON
import Testing

@testable import Mappings

/// What can never work is refused by `gateway check`, at its place; what is right beside it is not.
@Suite struct NeverWorksTests {
    @Test(
        "steps that can do nothing with what comes before them",
        arguments: [
            ("path: .x\ntext: true\nround: 2", "round"), ("path: .x\ndecimal: \"1.50\"\ntrim: true", "trim"),
            ("path: .x\nsplit: \",\"\nupper: true", "upper"), ("path: .x\ninteger: true\nsplit: \",\"", "split"),
            ("path: .x\nbool: true\ninteger: true", "integer"), ("path: .x\njoin: \",\"\neach: .", "each"),
            ("value: 5\ntrim: true", "trim"), ("concat: [.x, a]\nround: 1", "round"),
            ("fields: { a: .b }\njoin: x", "join"),
            ("path: .x\nsplit: \",\"\ntable: { a: b }", "table"), ("path: .x\nsplit: \",\"\ndate: yyyyMMdd", "date"),
            ("path: .x\nround: 1\ndate: yyyyMMdd", "date"), ("path: .x\nround: 1\nformat: yyyyMMdd", "format"),
            ("delivery: index\nupper: true", "upper"), ("path: .x\ndate: yyyyMMdd\nscale: 1", "scale"),
            ("path: .x\nbool: true\ndecimal: \"1.50\"", "decimal"), ("path: .x\nsplit: \",\"\ntext: true", "text"),
            ("path: .x\nsplit: \",\"\nbool: true", "bool"), ("path: .x\nsplit: \",\"\npad: { length: 3 }", "pad"),
            ("path: .x\ninteger: true\nreplace: { a: b }", "replace"),
            ("path: .x\nsplit: \",\"\nlookup: { file: t.yaml }", "lookup"),
        ])
    func steps(field: String, step: String) {
        let mapping = Mapping(field: field, files: ["t.yaml": "a: b"])
        #expect(mapping.table == nil)
        #expect(mapping.mistakes.map(\.rule) == ["step-type"], "\(mapping.shown)")
        #expect(mapping.mistakes.first?.message.hasPrefix("f: '\(step)' takes ") == true)
        let line = 11 + (field.split(separator: "\n").firstIndex { $0.hasPrefix("\(step):") } ?? 0)
        #expect(mapping.mistakes.first?.position.line == line, "\(mapping.shown)")
    }

    @Test(
        "steps that fit what comes before them",
        arguments: [
            "path: .x\nround: 2\ntext: true", "path: .x\ntrim: true\ndecimal: \"1.50\"",
            "path: .x\nupper: true\nsplit: \",\"",
            "path: .x\nsplit: \",\"", "path: .x\njq: .\nround: 2",
            "path: .x\ntable: { a: 1 }\nround: 2", "path: .x\ninteger: true\ndate: epochSeconds",
            "path: .x\ntext: true\ndefault: 1\nround: 2",
            "path: .x\ntext: true\ndecimal: \"1.50\"\nround: 2", "header: h\nsplit: \",\"\njoin: \";\"",
            "path: .x\nbool: true\ntext: true",
        ])
    func sound(field: String) { #expect(Mapping(field: field).mistakes.isEmpty, "\(Mapping(field: field).shown)") }

    @Test(
        "nothing where something must stand",
        arguments: [
            "path: .x\ntable: {}", "path: .x\ntable: { \"*\": a }", "path: .x\nreplace: {}", "path: []", "concat: []",
            "choose: []",
            "fields: {}", "path: .x\nbool: { true: [], false: [n] }", "value:", "path: .x\ndefault:",
            "path: .x\ntable: { a: }",
            "choose:\n  - when: { path: .a, in: [] }\n    then: 1\n  - else: 2",
            "choose:\n  - when: { path: .a, all: [] }\n    then: 1\n  - else: 2",
            "choose:\n  - when: { path: .a, equals: }\n    then: 1\n  - else: 2",
            "choose:\n  - when: { path: .a, exists: true }\n    then:\n  - else: 2",
        ])
    func empty(field: String) {
        let mapping = Mapping(field: field)
        #expect(mapping.table == nil, "\(mapping.shown)")
        #expect(mapping.mistakes.allSatisfy { $0.position.line >= 10 }, "\(mapping.shown)")
    }

    private func message(_ lines: String) -> Mapping { Mapping(message: "companyId: c\n\(lines)", checks: true) }

    @Test(
        "names of fields that the store does not take",
        arguments: [
            ("a.b", "contains '.'"), ("$c", "begins with '$'"), ("", "is empty"),
            ("a\\0b", "contains the character NUL"),
            ("_id", "no field can be named"), ("companyId", "no field can be named"),
            ("operation", "no field can be named"),
        ])
    func names(name: String, why: String) {
        let top = message("items: $.i[*]\noperation: I\nfields: { code: .c, name: .n, \"\(name)\": .x }")
        #expect(top.mistakes.count == 1 && top.mistakes[0].message.contains(why), "\(top.shown)")
        #expect(top.mistakes.first?.position.line == 9)
        guard !why.hasPrefix("no field") else { return }
        for nested in ["{ fields: { \"\(name)\": .x } }", "{ path: .l, each: { fields: { \"\(name)\": .x } } }"] {
            let found = message("items: $.i[*]\noperation: I\nfields: { code: .c, name: .n, attributes: \(nested) }")
            #expect(found.mistakes.contains { $0.message.contains(why) }, "\(found.shown)")
        }
    }

    @Test func `a field with nothing behind it`() {
        let found = message("items: $.i[*]\noperation: I\nfields:\n  code: .c\n  name:")
        #expect(
            found.shown == [
                "11:14 type: name: expected a path such as .code, or keys such as 'path:', found nothing; write null for null"
            ])
        #expect(message("items: $.i[*]\noperation: I\nfields:\n  code: .c\n  name: .n\n  brand: null").mistakes.isEmpty)
    }

    @Test func `a wrong path of the items hides no other mistake`() {
        let found = message(
            "items: 5\noperation: X\nwhere: { path: .a, abov: 1 }\nfields: { code: .c, name: ^^^.n, price: { path: .p, decimal: x } }"
        )
        #expect(
            found.mistakes.map(\.rule) == ["path", "type", "unknown-field", "condition", "decimal"], "\(found.shown)")
    }

    @Test func `what follows from a mistake is not listed beside it`() {
        let found = message("items: $.i[*]\noperation: I\nfields: { code: { path: .c, trim: no }, name: nombre }")
        #expect(found.mistakes.map(\.rule) == ["type", "text-or-path"], "\(found.shown)")
    }

    @Test func `a date or a decimal onto a field that no definition names is hinted at`() {
        func rules(_ value: String) -> [String] {
            message("items: $.i[*]\noperation: I\nfields: { code: .c, name: .n, extra: \(value) }").mistakes.filter {
                $0.severity == .hint
            }
            .map(\.rule)
        }
        #expect(rules("{ path: .x, date: yyyyMMdd }") == ["untyped-field"])
        #expect(rules("{ path: .x, decimal: \"1.50\" }") == ["untyped-field"])
        #expect(rules("{ path: .x, decimal: \"1.50\", round: 1 }") == ["untyped-field"])
        #expect(rules("{ path: .x, decimal: \"1.50\", text: true }") == [])
        #expect(rules("{ path: .x, trim: true }") == [])
    }

    @Test func `codes are not taken for misspelled ones`() {
        let mapping = Mapping(field: "path: .x\ntable: { \"003\": D, \"004\": I, \"005\": U, ALTA: I }")
        #expect(!mapping.field(#"{"x":"023"}"#).contains("did you mean"))
        #expect(mapping.field(#"{"x":"ATLA"}"#).contains("did you mean ALTA?"))
    }

    @Test func `a header that is missing is named`() {
        let mapping = Mapping(
            message: "companyId: { header: x-company }\nitems: $.i[*]\noperation: I\nfields: { f: .x }")
        #expect(mapping.map(#"{"i":[]}"#) == "companyId : a text of 1 to 256 bytes, no header 'x-company'")
    }
}
