import JSON
import Testing

@testable import Mappings

/// Templates: what their tags show, what `gateway check` refuses, and where.
@Suite struct TemplateTests {
    private func page(_ text: String, _ json: String, _ kind: Template.Kind = .html) throws -> String {
        String(
            decoding: try PageMaker().page(Template(kind, try TemplateParser.parse(text)), of: Array(json.utf8)),
            as: UTF8.self)
    }

    @Test(
        "tags show what is there",
        arguments: [
            ("Hello {{name}}!", #"{"name":"Ana"}"#, "Hello Ana!"),
            ("{{ name }}{{none}}|{{null}}", #"{"name":"a","null":null}"#, "a|"),
            (
                "{{n}} {{m}} {{b}} {{f}}", #"{"n":9007199254740993,"m":10.50,"b":true,"f":false}"#,
                "9007199254740993 10.50 true false"
            ),
            ("{{a.b.c}}{{a.x.c}}{{a.b.c.d}}", #"{"a":{"b":{"c":1}}}"#, "1"),
            ("{{#l}}<{{.}}>{{/l}}", #"{"l":[1,"b",true]}"#, "<1><b><true>"),
            ("{{#l}}{{a}}{{top}};{{/l}}", #"{"top":"t","l":[{"a":1},{"a":2,"top":"own"}]}"#, "1t;2own;"),
            ("{{#o}}{{a}}{{/o}}{{^o}}no{{/o}}", #"{"o":{"a":1}}"#, "1"),
            ("{{#x}}yes{{/x}}{{^x}}no{{/x}}", #"{}"#, "no"), ("{{#x}}yes{{/x}}{{^x}}no{{/x}}", #"{"x":null}"#, "no"),
            ("{{#x}}yes{{/x}}{{^x}}no{{/x}}", #"{"x":false}"#, "no"),
            ("{{#x}}yes{{/x}}{{^x}}no{{/x}}", #"{"x":[]}"#, "no"),
            ("{{#x}}yes{{/x}}{{^x}}no{{/x}}", #"{"x":0}"#, "yes"),
            ("{{#x}}yes{{/x}}{{^x}}no{{/x}}", #"{"x":""}"#, "yes"),
            ("{{#x}}{{#x}}deep{{/x}}{{/x}}", #"{"x":true}"#, "deep"), ("{{! {{name} }}a", "{}", "a"),
            ("a{{!\nb\n}}c", "{}", "ac"), ("{{o}}", #"{"o":{"a":"<"}}"#, "{&quot;a&quot;:&quot;&lt;&quot;}"),
            ("a\n  {{#l}}  \nx {{.}}\n{{/l}}\nb\n", #"{"l":[1,2]}"#, "a\nx 1\nx 2\nb\n"),
            ("a\r\n{{#l}}\r\nx\r\n{{/l}}\r\nb", #"{"l":[1]}"#, "a\r\nx\r\nb"),
            ("- {{#l}}\nx\n{{/l}} -", #"{"l":[1]}"#, "- \nx\n -"), ("  {{! c }}\nb", "{}", "b"),
            ("{ {x} }}", "{}", "{ {x} }}"),
            ("", "{}", ""),
        ])
    func shows(template: String, json: String, expected: String) throws {
        #expect(try page(template, json) == expected)
    }

    @Test func `a page escapes every value, whatever is put together with it, and a text none`() throws {
        // A combining mark makes one letter of a quote and itself.
        for mark in ["", "\u{301}", "\u{20DD}", "\u{FE0F}", "\u{200D}", "\u{0}"] {
            for (sign, entity) in [("\"", "&quot;"), ("'", "&#39;"), ("<", "&lt;"), (">", "&gt;"), ("&", "&amp;")] {
                let value = "a\(sign)\(mark)b"
                var json = JSONObjectText()
                json.add("v", value)
                json.add("l", objects: [JSONText.quoted(value)])
                #expect(
                    try page("<a b=\"{{v}}\">{{#l}}{{.}}{{/l}}", json.text)
                        == "<a b=\"a\(entity)\(mark)b\">a\(entity)\(mark)b")
                #expect(try page("{{v}}", json.text, .text) == value)
            }
        }
    }

    @Test(
        "errors of a template are reported with their place",
        arguments: [
            ("a\nb {{#x}}", "2:3"), ("{{/x}}", "1:1"), ("{{#a}}\n{{/b}}", "2:1"), ("{{#a}}{{#b}}{{/a}}{{/b}}", "1:13"),
            ("é {{x", "1:3"), ("{{x}", "1:1"), ("{{}}", "1:1"), ("{{a b}}", "1:1"), ("{{a..b}}", "1:1"),
            ("{{.a}}", "1:1"),
            ("{{{x}}}", "1:1"), ("{{&x}}", "1:1"), ("{{> x}}", "1:1"), ("{{=<% %>=}}", "1:1"), ("{{$x}}", "1:1"),
            ("{{%x}}", "1:1"), ("{{<x}}", "1:1"), ("{{count(x)}}", "1:1"),
            (String(repeating: "{{#a}}", count: 101) + String(repeating: "{{/a}}", count: 101), "1:601"),
        ])
    func wrong(template: String, place: String) {
        let error = #expect(throws: TemplateParser.Problem.self) { try TemplateParser.parse(template) }
        #expect(error?.position.description == place, "\(error?.message ?? "")")
    }

    @Test func `no text breaks the reader, and what it reads is shown without an end`() throws {
        let parts = [
            "{{", "}}", "{", "}", "#a", "^a", "/a", "a", "!", ".", " ", "\n", "{{#a}}", "{{/a}}", "{{a}}", "é", "&",
        ]
        var random = SystemRandomNumberGenerator()
        for _ in 0..<5000 {
            let text = (0..<Int.random(in: 0...12, using: &random)).map { _ in parts.randomElement() ?? "" }.joined()
            guard let read = try? TemplateParser.parse(text) else { continue }
            _ = try PageMaker().page(Template(.html, read), of: Array(#"{"a":[{"a":"<"},{"a":[1]}]}"#.utf8))
        }
    }

    // MARK: In mappings

    private func findings(_ respond: String, files: [String: String]) -> [String] {
        Mapping(
            """
            routes:
              write:
                from: { http: { method: POST, path: "/brands/{code}" } }
                definition: catalogBrand
                message:
                  companyId: { value: c }
                  items: $
                  operation: I
                  fields: { code: { parameter: code }, name: { path: .name, text: true }, tags: .tags }
                respond: { inserted: { \(respond) } }
            """, files: files
        ).mistakes.map { "\($0.file):\($0.position) \($0.rule)" }
    }

    @Test(
        "tags are the item's members, or those of 'body:'",
        arguments: [
            ("template: p/a.html", "{{code}} {{name}} {{operation}} {{#tags}}{{anything}}{{/tags}}", nil),
            ("template: p/a.html", "x\n{{title}}", "p/a.html:2:1 template-tag"),
            ("template: p/a.html", "{{name.first}}", "p/a.html:1:1 template-tag"),
            ("template: p/a.html", "{{#name}}{{first}}{{/name}}", "p/a.html:1:10 template-tag"),
            ("template: p/a.html", "{{^title}}{{/title}}", "p/a.html:1:1 template-tag"),
            ("template: p/a.html, body: { who: .name }", "{{who}}{{#who}}{{.}}{{/who}}", nil),
            ("template: p/a.html, body: { who: .name }", "{{name}}", "p/a.html:1:1 template-tag"),
            ("template: p/a.html, body: { who: ~.extra }", "{{who.any}}", nil),
            ("template: p/a.html", "{{#name}}", "p/a.html:1:1 template"),
            ("template: p/none.html", "", "m.yaml:10:38 template"), ("template: p/a.pdf", "", "m.yaml:10:38 template"),
            ("template: p/a.html, text: a", "", "m.yaml:10:48 misplaced-field"),
            ("template: p/a.html, redirect: /a", "", "m.yaml:10:48 misplaced-field"),
            ("template: p/a.html, status: 204", "", "m.yaml:10:28 misplaced-field"),
        ] as [(String, String, String?)])
    func names(respond: String, template: String, finding: String?) {
        let found = findings(respond, files: ["p/a.html": template, "p/a.pdf": ""])
        #expect(found == (finding.map { [$0] } ?? []))
    }

    private func read(_ read: String, message: String, _ template: String) -> Mapping {
        Mapping(
            """
            routes:
              read:
                from: { http: { method: GET, path: "/brands/{code}" } }
                read: { \(read), template: a.html }
                message: \(message)
            """, files: ["a.html": template], checks: true)
    }

    @Test(
        "pages of records have the members that are shown, and lists 'items' and 'next'",
        arguments: [
            (
                "key: { companyId: { value: c }, code: { parameter: code } }", "{ fields: { code: .code } }",
                "{{code}}", nil
            ),
            (
                "key: { companyId: { value: c }, code: { parameter: code } }", "{ fields: { code: .code } }",
                "{{name}}", "1:1"
            ),
            ("key: { companyId: { value: c }, code: { parameter: code } }", "document", "{{any}}", nil),
            (
                "limit: 5", "{ fields: { code: .code } }",
                "{{#items}}{{code}}{{/items}}{{#next}}<a href=\"{{next}}\">{{/next}}", nil
            ),
            ("limit: 5", "{ fields: { code: .code } }", "{{#items}}{{name}}{{/items}}", "1:11"),
            ("limit: 5", "{ fields: { code: .code } }", "{{code}}", "1:1"),
        ] as [(String, String, String, String?)])
    func reads(read: String, message: String, template: String, place: String?) {
        let mapping = self.read("definition: catalogBrand, \(read)", message: message, template)
        #expect(mapping.mistakes.map { "\($0.file):\($0.position)" } == (place.map { ["a.html:\($0)"] } ?? []))
        if place == nil { #expect(mapping.table?.routes.first?.read?.template != nil) }
    }

    @Test func `a changed template is a changed route`() {
        let one = read("definition: catalogBrand, limit: 5", message: "document", "a").table
        let same = read("definition: catalogBrand, limit: 5", message: "document", "a").table
        let other = read("definition: catalogBrand, limit: 5", message: "document", "b").table
        #expect(one != nil && one == same && one != other)
    }
}
