import JSON
import Schemas
import Testing

@testable import Mappings

/// Lists of items that are missing, null, or of one element without its brackets.
@Suite struct ItemsPathTests {
    private static func shape(_ items: String, _ more: String = "") throws -> MessageShape {
        let mapping = Mapping(
            message: "companyId: c\nitems: \(items)\noperation: I\nfields: { code: .q, name: ^.n\(more) }")
        return try #require(mapping.table?.routes.first?.shapes.first, "\(mapping.shown)")
    }

    private static func map(_ message: String, _ shape: MessageShape) throws -> (items: [String], ForeignItems)? {
        let document = try JSONParser().parse(message)
        guard
            case .items(_, let body, let items) = MessageMapper().map(
                document, with: shape, facts: MessageFacts(), catalogs: Mapping.catalogs)
        else { return nil }
        let made = try JSONParser().parse(body)
        let texts = made.withRoot { root in
            root["items"]?.elements.map { String(decoding: $0.rawText, as: UTF8.self) } ?? []
        }
        return (texts, items)
    }

    @Test(
        "what is around an item is the element of the next list outwards, or the message",
        arguments: [
            (
                "$.a.b[*].c", #"{"n":"root","a":{"n":"A","b":[{"n":"B0","c":{"q":1}},{"n":"B1","c":{"q":2}}]}}"#,
                ["B0", "B1"]
            ),
            ("$.a.b[*].c[*]", #"{"n":"root","a":{"n":"A","b":[{"n":"B0","c":[{"q":1},{"q":2}]}]}}"#, ["B0", "B0"]),
            ("$.a.b[*]", #"{"n":"root","a":{"n":"A","b":[{"n":"B0","q":1}]}}"#, ["root"]),
            ("$.a.b", #"{"n":"root","a":{"n":"A","b":{"n":"B","q":1}}}"#, ["root"]),
            ("$.a[*].b[*].c.d", #"{"n":"root","a":[{"n":"A","b":[{"n":"B0","c":{"n":"C","d":{"q":1}}}]}]}"#, ["B0"]),
        ])
    func around(items: String, message: String, names: [String]) throws {
        let found = try #require(try Self.map(message, Self.shape(items)))
        #expect(found.items.count == names.count)
        for (item, name) in zip(found.items, names) { #expect(item.contains(#""name":"\#(name)""#), "\(item)") }
    }

    @Test("a company by a path of the item is hinted at")
    func companyOfItem() {
        for (path, isHinted) in [(".company", true), ("$.company", false)] {
            let mapping = Mapping(
                message: "companyId: \(path)\nitems: $.a[*]\noperation: I\nfields: { code: .q }")
            #expect(mapping.table != nil)
            #expect(mapping.shown.contains { $0.contains("write '$.company'") } == isHinted, "\(mapping.shown)")
        }
    }

    private static let deep = "$.e[*].c[*].q[*]"

    @Test(
        "only the element fails that has no list",
        arguments: [
            (#"{"n":1}"#, "/e/1/c", "a value, found nothing"),
            (#"{"n":1,"c":null}"#, "/e/1/c", "an array, found null"),
            (#"{"n":1,"c":"x"}"#, "/e/1/c", #"an array, found the string "x""#),
            (#"{"n":1,"c":[{"n":2}]}"#, "/e/1/c/0/q", "a value, found nothing"),
            (#"{"n":1,"c":[{"q":null}]}"#, "/e/1/c/0/q", "an array, found null"),
            (#"{"n":1,"c":{"q":5}}"#, "/e/1/c/q", "an array, found the number 5"),
            ("null", "/e/1/c", "a value, found nothing"),
            (#"{"c":[],"c":[{"q":[{"q":1}]}]}"#, "/e/1/c", "one member 'c', found two or more"),
        ])
    func alone(element: String, pointer: String, expected: String) throws {
        let shape = try Self.shape(Self.deep)
        let good = #"{"c":[{"n":"x","q":[{"q":"a"},{"q":"b"}]}]}"#
        let message = #"{"e":[\#(good),\#(element),{"c":[{"n":"y","q":[{"q":"c"}]}]}],"z":1}"#
        let (items, origin) = try #require(try Self.map(message, shape))
        #expect(items.count == 4)
        #expect(items[2] == "null")
        #expect(items[3] == #"{"operation":"I","code":"c","name":"y"}"#)
        let fault = try #require(origin.faults[2]?.first)
        // A missing member is reported as the value that the path goes through.
        #expect(fault.pointer.description == pointer)
        #expect("\(fault.fault.expected), found \(fault.fault.found)" == expected, "\(fault.fault)")
        // The dead letter holds that element as it came, and nothing of its neighbours.
        #expect(String(decoding: origin.envelope(keeping: [2]), as: UTF8.self) == #"{"e":[\#(element)],"z":1}"#)
        #expect(
            String(decoding: origin.envelope(keeping: [1, 2, 3]), as: UTF8.self)
                == #"{"e":[{"c":[{"n":"x","q":[{"q":"b"}]}]},\#(element),{"c":[{"n":"y","q":[{"q":"c"}]}]}],"z":1}"#)
    }

    @Test(
        "with [*]? what is missing or null has no items, and nothing else is taken for it",
        arguments: [
            (#"{"n":1}"#, 1), (#"{"c":null}"#, 1), (#"{"c":[]}"#, 1), (#"{"c":[{}]}"#, 1), (#"{"c":[{"q":null}]}"#, 1),
            (#"{"c":"x"}"#, 2), (#"{"c":[{"q":5}]}"#, 2), ("null", 2), ("5", 2), (#"{"c":[{"q":{"q":1}}]}"#, 2),
        ])
    func optional(element: String, count: Int) throws {
        let shape = try Self.shape("$.e[*].c[*]?.q[*]?")
        let message = #"{"e":[\#(element),{"c":[{"n":"y","q":[{"q":"c"}]}]}]}"#
        let (items, origin) = try #require(try Self.map(message, shape))
        #expect(items.count == count, "\(items)")
        #expect(items.last == #"{"operation":"I","code":"c","name":"y"}"#)
        #expect(origin.pointer(ofItem: count - 1) == "/e/1/c/0/q/0")
    }

    @Test(
        "an object in place of a list is a list of one",
        arguments: [
            (#"{"e":{"c":{"n":"x","q":{"q":"a"}}}}"#, ["a"], ["/e/c/q"]),
            (#"{"e":[{"c":{"n":"x","q":[{"q":"a"},{"q":"b"}]}}]}"#, ["a", "b"], ["/e/0/c/q/0", "/e/0/c/q/1"]),
            (#"{"e":{"c":[{"n":"x","q":{"q":"a"}},{"n":"x","q":{"q":"b"}}]}}"#, ["a", "b"], ["/e/c/0/q", "/e/c/1/q"]),
        ])
    func single(message: String, codes: [String], pointers: [String]) throws {
        let (items, origin) = try #require(try Self.map(message, try Self.shape(Self.deep)))
        #expect(items == codes.map { #"{"operation":"I","code":"\#($0)","name":"x"}"# })
        #expect(items.indices.map { origin.pointer(ofItem: $0).description } == pointers)
        #expect(
            origin.source(ofField: "name", item: 0)?.description == pointers[0].replacing("/q/0", with: "").replacing(
                "/q", with: "") + "/n")
        // A dead letter of the last one keeps it alone, and can be mapped again.
        let letter = String(decoding: origin.envelope(keeping: [codes.count - 1]), as: UTF8.self)
        #expect(
            try #require(try Self.map(letter, try Self.shape(Self.deep))).items == [items[codes.count - 1]], "\(letter)"
        )
    }

    @Test func `a message without the list is refused, unless it may be missing`() throws {
        for message in ["{}", #"{"e":null}"#] {
            #expect(try Self.map(message, try Self.shape("$.e[*].q[*]")) == nil)
            #expect(try Self.map(message, try Self.shape("$.e[*]?.q[*]"))?.items == [])
        }
        for message in [#"{"e":"x"}"#, "5"] {
            #expect(try Self.map(message, try Self.shape("$.e[*]?.q[*]")) == nil)
        }
    }

    @Test func `unmapped items may be one object, or missing with [*]?`() {
        let text = "companyId: c\nitems: ITEMS\noperation: .operation\nkeep: all"
        let mapping = Mapping(message: text.replacing("ITEMS", with: "$.items[*]"))
        #expect(mapping.map(#"{"items":{"operation":"I","code":"1"}}"#) == #"{"operation":"I","code":"1"}"#)
        #expect(mapping.map("{}") == "items /items: an array of items, nothing")
        #expect(mapping.map(#"{"items":"x"}"#) == #"items /items: an array of items, the string "x""#)
        let optional = Mapping(message: text.replacing("ITEMS", with: "$.items[*]?"))
        #expect(optional.map("{}") == "")
        #expect(optional.map(#"{"items":null}"#) == "")
        #expect(optional.map(#"{"items":[]}"#) == "as they are: c catalogItem")
    }

    @Test(
        "a fault of a nested value tells where that value is",
        arguments: [
            ("fields: { a: .id, b: { path: .o, integer: true } }", #"{"id":1,"o":"x"}"#, "/a/0/b/0/o"),
            ("fields: { a: .id, b: { fields: { c: { path: ^.n, integer: true } } } }", #"{"id":1}"#, "/a/0/n"),
            ("concat: [.id, { path: .o, date: yyyyMMdd }]", #"{"id":1,"o":"x"}"#, "/a/0/b/0/o"),
            ("concat: [.id, .o]", #"{"id":1,"o":[]}"#, "/a/0/b/0/o"),
            ("path: [.id, .o]\ninteger: true", #"{"o":"x"}"#, "/a/0/b/0/o"),
            ("path: .l\neach: { path: .c, integer: true }", #"{"l":[{"c":1},{"c":"x"}]}"#, "/a/0/b/0/l/1/c"),
            ("path: .l\neach: { integer: true }", #"{"l":[1,"x"]}"#, "/a/0/b/0/l/1"),
            ("path: .l\neach: { fields: { c: { path: .c, integer: true } } }", #"{"l":[{"c":"x"}]}"#, "/a/0/b/0/l/0/c"),
            ("path: .s\nsplit: \",\"\neach: { integer: true }", #"{"s":"1,x"}"#, "/a/0/b/0/s"),
            ("path: .l\neach: { path: $.n, integer: true }", #"{"l":[1]}"#, "/n"),
            (
                "choose:\n  - when: { path: .t, equals: A }\n    then: { path: .a, integer: true }\n  - else: { path: .b, integer: true }",
                #"{"t":"B","b":"x"}"#, "/a/0/b/0/b"
            ),
            (
                "choose:\n  - when: { path: .t, above: 5 }\n    then: .a\n  - else: .b", #"{"t":"B","b":"x"}"#,
                "/a/0/b/0/t"
            ),
        ])
    func pointer(field: String, item: String, pointer: String) {
        let found = Mapping(field: field).field(item)
        #expect(found.hasPrefix("\(pointer): expected"), "\(found)")
    }

    @Test(
        "a violation of a nested value is translated to where it came from",
        arguments: [
            (["o", "b"], "/i/0/x/y"), (["o", "b", "z"], "/i/0/x/y/z"), (["o", "a"], "/i/0/id"), (["o"], "/i/0"),
            (["o", "none"], "/i/0"), (["p"], "/i/0/p"), (["p", "1"], "/i/0/p/1"), (["s", "1"], "/i/0/s"),
            (["v"], "/i/0"),
        ])
    func violation(mapped: [String], pointer: String) throws {
        let mapping = Mapping(
            message:
                "companyId: c\nitems: $.i[*]\noperation: I\nfields: { o: { fields: { a: .id, b: .x.y } }, p: .p, s: { path: .s, split: \",\" }, v: { value: 1 } }"
        )
        let shape = try #require(mapping.table?.routes.first?.shapes.first, "\(mapping.shown)")
        let (_, origin) = try #require(try Self.map(#"{"i":[{"id":1}]}"#, shape))
        #expect(origin.pointer(ofItem: 0, mapped: mapped).description == pointer)
    }
}
