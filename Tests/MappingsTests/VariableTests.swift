import Testing

@testable import Mappings

/// `${NAME}` in mappings: where it is replaced, what it becomes, and where it is not.
@Suite struct VariableTests {
    /// As `Interpolation.expandReferences`, of one variable.
    private static func compile(
        _ text: String, _ variables: [String: String]
    ) -> (table: RouteTable?, mistakes: [String]) {
        let context = MappingContext(
            settings: [],
            expand: { text in
                var text = text.replacing("$${", with: "\u{1}")
                for (name, value) in variables { text = text.replacing("${\(name)}", with: value) }
                return text.contains("${")
                    ? .failure(.init("a variable is not set")) : .success(text.replacing("\u{1}", with: "${"))
            })
        let (table, mistakes) = MappingCompiler.compile(files: [("m.yaml", text)], context: context)
        return (table, mistakes.map { "\($0.position) \($0.rule): \($0.message)" })
    }

    private static func route(_ field: String, from: String = "{ amqp: { queue: q } }") -> String {
        let indented = field.split(separator: "\n").map { "          " + $0 }.joined(separator: "\n")
        return """
            routes:
              r:
                from: \(from)
                definition: catalogItem
                message:
                  items: $.a[*]
                  companyId: napse
                  operation: I
                  fields:
                    f:
            \(indented)
            """
    }

    /// The field `f` of the item `{"x":1,"y":"Y"}`, or the mistakes.
    private static func field(_ field: String, _ variables: [String: String]) -> String {
        let (table, mistakes) = compile(route(field), variables)
        guard let table else { return mistakes.joined(separator: " | ") }
        var mapping = Mapping("")
        mapping.table = table
        let mapped = mapping.map(#"{"a":[{"x":1,"y":"Y"}]}"#)
        return String(mapped.dropFirst(#"{"operation":"I","f":"#.count).dropLast())
    }

    @Test(
        "a variable alone becomes what YAML makes of it, and all else is text",
        arguments: [
            ("value: ${V}", "12", "12"), ("value: ${V}", "1.50", "1.50"), ("value: ${V}", "true", "true"),
            ("value: ${V}", "null", "null"), ("value: ${V}", "", #""""#), ("value: ${V}", "yes", #""yes""#),
            ("value: ${V}", "007", #""007""#), ("value: ${V}", "a: b", #""a: b""#), ("value: ${V}", "[1]", #""[1]""#),
            ("value: \"${V}\"", "12", #""12""#), ("value: '${V}'", "true", #""true""#),
            ("value: 1${V}", "2", #""12""#), ("value: ${V}${V}", "2", #""22""#),
            ("value: a ${V} b", "$.x", #""a $.x b""#),
            ("value: >-\n  ${V}", "12", #""12""#),
            ("value: { k: \"${V}\", l: [\"x-${V}\"] }", "1", #"{"k":"1","l":["x-1"]}"#),
            ("path: ${V}", ".y", #""Y""#), ("path: .${V}", "y", #""Y""#), ("path: $.a[0].${V}", "y", #""Y""#),
            ("concat: [.y, \"${V}\"]", ".csv", #""Y.csv""#), ("concat:\n  - .y\n  - ${V}", ".csv", #""Y.csv""#),
            ("concat:\n  - .y\n  - .${V}", "y", #""YY""#),
            ("path: .none\ndefault: ${V}", "5", "5"), ("path: .none\ndefault: ${V}", "x", #""x""#),
            ("path: .y\npad: { length: \"${V}\" }", "3", #""  Y""#), ("path: .y\ntable:\n  Y: ${V}", "7", "7"),
            ("path: .y\ntable:\n  Y: ${V}\n  jq: ${V}", "7", "7"), ("path: .y\nlower: ${V}", "true", #""y""#),
            ("choose:\n  - when: { path: .x, equals: \"${V}\" }\n    then: .y\n  - else: ${V}", "9", "9"),
            ("value: $${V}", "1", #""${V}""#), ("value: $$x $ {V}", "1", #""$$x $ {V}""#),
        ])
    func becomes(field: String, value: String, expected: String) {
        #expect(Self.field(field, ["V": value]) == expected)
    }

    @Test(
        "jq programs, keys and paths stay as they are",
        arguments: [
            ("jq: '.y as $v | \"${V}\" + $v'", #""${V}Y""#), ("jq: .y as $x | $x", #""Y""#),
            ("path: .y\ntable:\n  Y: { }", "type"), ("path: $.a[0].y", #""Y""#),
            ("fields:\n  x${V}: { value: 1 }", #"{"x${V}":1}"#),
            ("fields:\n  jq:\n    value: ${V}", #"{"jq":"x"}"#),
            ("fields:\n  value:\n    jq: '\"${V}\"'", #"{"value":"${V}"}"#),
            ("value: { a: { jq: \"${V}\" } }", #"{"a":{"jq":"x"}}"#),
        ])
    func stays(field: String, expected: String) {
        let found = Self.field(field, ["V": "x"])
        #expect(expected == "type" ? found.contains(" type: ") : found == expected, "\(found)")
    }

    @Test("an unset variable is one mistake, at its place, wherever it stands")
    func unset() {
        let values = [
            "value: ${NO}", "path: ${NO}", "path: .x\nround: ${NO}", "path: .x\nbool: ${NO}",
            "path: .x\npad: { length: \"${NO}\" }", "path: .x\ndate: ${NO}", "path: .x\nblank: ${NO}",
            "jq: .x\ndefault: ${NO}",
            "choose:\n  - when: { path: .x, exists: \"${NO}\" }\n    then: .y\n  - else: 1",
        ]
        for value in values {
            let (table, mistakes) = Self.compile(Self.route(value), [:])
            #expect(table == nil && mistakes.count == 1, "\(value): \(mistakes)")
            #expect(mistakes.first?.contains(" interpolation: ") == true, "\(mistakes)")
        }
        let (_, mistakes) = Self.compile(
            Self.route("value: 1", from: "{ amqp: { queue: \"${NO}\", prefetch: 500 } }"), [:])
        #expect(mistakes == ["3:28 interpolation: queue: a variable is not set"])
    }

    @Test("numbers and words of a route are replaced, and a changed variable is a changed route")
    func source() throws {
        let text = Self.route("value: 1", from: "{ amqp: { queue: \"q-${Q}\", prefetch: \"${N}\" } }")
        let one = try #require(Self.compile(text, ["Q": "a", "N": "200"]).table?.routes.first)
        let same = try #require(Self.compile(text, ["Q": "a", "N": "200"]).table?.routes.first)
        #expect(one.from == .amqp(QueueSource(queues: [.literal("q-a")], prefetch: 200)))
        #expect(one == same)
        for changed in [["Q": "b", "N": "200"], ["Q": "a", "N": "300"]] {
            #expect(Self.compile(text, changed).table?.routes.first != one)
        }
        let feed =
            "routes:\n  f:\n    from:\n      mongodb: { collection: c, every: \"${E}\", batch: \"${N}\", progress: snapshot }\n"
            + "    message: document\n    to: { amqp: { queue: q } }\n"
        let first = try #require(Self.compile(feed, ["E": "1m", "N": "7"]).table?.feeds.first)
        #expect(first.batch == 7)
        #expect(Self.compile(feed, ["E": "2m", "N": "7"]).table?.feeds.first != first)
    }

    @Test("in braces a variable without quotes is refused with the remedy")
    func braces() {
        let (table, mistakes) = Self.compile(Self.route("value: 1", from: "{ amqp: { queue: ${Q} } }"), ["Q": "q"])
        #expect(table == nil)
        #expect(
            mistakes.first?.contains("inside of { } and [ ] a variable stands in quotes: \"${Q}\"") == true,
            "\(mistakes)")
    }
}
