import JSON
import Schemas
import Testing

@testable import Mappings

/// `new:` and `sequence:`: where they can stand, and what `gateway check` says elsewhere.
@Suite struct NewKeyTests {
    private static let catalogs: Catalogs = {
        do {
            return try Catalogs.builtin().adding(files: [
                DefinitionFile(
                    name: "task.json",
                    bytes: Array(
                        """
                        {"$schema": "urn:promo-gateway:definition:1", "x-catalog": "catalogTask", "x-key": ["id"],
                         "type": "object", "required": ["id"], "properties": {
                           "id": {"type": "integer"}, "text": {"type": "string"}, "flag": {"type": "boolean"},
                           "list": {"type": "array"}}}
                        """.utf8))
            ])
        } catch {
            fatalError("\(error)")
        }
    }()

    /// The mistakes of a route whose message has these members.
    private static func check(_ message: String, to: String = "mongodb", when: String? = nil) -> [MappingDiagnostic] {
        compile(message, to: to, when: when).mistakes
    }

    private static func compile(
        _ message: String, to: String = "mongodb", when: String? = nil
    ) -> (shape: MessageShape?, mistakes: [MappingDiagnostic]) {
        let text = """
            routes:
              r:
                from: { amqp: { queue: q } }
                \(when.map { "when: \($0)" } ?? "description: d")
                definition: catalogTask
                to: \(to)
                message:
                  items: $.a[*]
            \(message.split(separator: "\n").map { "      " + $0 }.joined(separator: "\n"))
            """
        let (table, mistakes) = MappingCompiler.compile(
            files: [("m.yaml", text)], context: MappingContext(settings: [], catalogs: Self.catalogs))
        return (table?.routes.first?.shapes.first, mistakes)
    }

    private static let head = "companyId: c\noperation: I\n"

    @Test(
        "in fields of a record, at any depth but inside lists",
        arguments: [
            "id: { sequence: tasks }", "id: { sequence: { name: tasks } }",
            "id: { sequence: { name: tasks, from: 0 } }",
            "id: { path: .id, default: { sequence: tasks } }",
            "id: { choose: [{ when: { path: .id, exists: true }, then: .id }, { else: { sequence: tasks } }] }",
            "id: .id\ntext: { new: uuid }",
            "id: .id\ntext: { sequence: t, text: true, pad: { length: 8, with: \"0\" } }",
            "id: .id\ntext: { concat: [\"T-\", { sequence: t }] }",
            "id: { path: .id, integer: true, onError: { sequence: t } }",
            "id: .id\nmore: { fields: { id: { new: uuid }, number: { sequence: t } } }",
        ])
    func sound(fields: String) throws {
        let indented = fields.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n")
        let (shape, mistakes) = Self.compile(Self.head + "fields:\n" + indented)
        #expect(mistakes.filter { $0.severity == .error }.isEmpty, "\(mistakes)")
        #expect(shape?.makesKeys == true && shape?.windowPath == nil)
        #expect(shape?.sequences.isEmpty == !fields.contains("sequence"))
    }

    @Test func `a shape without them is read as before`() {
        let (shape, _) = Self.compile(Self.head + "fields: { id: .id }")
        #expect(shape?.makesKeys == false && shape?.windowPath == ["a"])
    }

    @Test(
        "elsewhere they are refused",
        arguments: ["{ new: uuid }", "{ sequence: tasks }"].flatMap { key in
            [
                "companyId: \(key)\noperation: I\nfields: { id: .id }",
                "companyId: c\nmessageId: \(key)\noperation: I\nfields: { id: .id }",
                "companyId: c\noperation: \(key)\nfields: { id: .id }",
                head + "where: { \(key.dropFirst(2).dropLast(2)), exists: true }\nfields: { id: .id }",
                head + "fields: { id: .id, list: { path: .l, each: \(key) } }",
                head + "fields: { id: .id, list: { path: .l, each: { fields: { a: \(key) } } } }",
                head
                    + "fields: { id: { choose: [{ when: { \(key.dropFirst(2).dropLast(2)), exists: true }, then: .a }, { else: .b }] } }",
            ]
        })
    func refused(message: String) {
        let mistakes = Self.check(message).filter { $0.severity == .error }
        #expect(mistakes.contains { $0.rule == "misplaced-key" }, "\(mistakes)")
        #expect(mistakes.first?.message.contains("gives each record a new value; ") == true, "\(mistakes)")
    }

    @Test(
        "so they are in what is posted, in conditions on messages and in feeds",
        arguments: ["new: uuid", "sequence: t"])
    func outside(key: String) {
        let fields = Self.head + "fields: { id: .id }"
        let targets = [
            "[mongodb, { amqp: { queue: p, body: { a: { \(key) } } } }]",
            "[mongodb, { amqp: { queue: p, headers: { a: { \(key) } } } }]",
            "[mongodb, { amqp: { exchange: p, routingKey: { \(key) } } }]",
        ]
        for target in targets {
            #expect(Self.check(fields, to: target).map(\.rule).contains("misplaced-key"), "\(target)")
        }
        let rules = Self.check(fields, when: "{ \(key), exists: true }").map(\.rule)
        #expect(rules.contains("misplaced-key"), "\(rules)")
        let feed = Mapping(
            """
            routes:
              f:
                from: { mongodb: { collection: x, every: 5m, progress: { field: u } } }
                message: { fields: { a: { \(key) } } }
                to: { amqp: { queue: p } }
            """)
        #expect(feed.mistakes.map(\.rule).contains("misplaced-key"), "\(feed.shown)")
    }

    @Test(
        "a field of another type, a key that no record has, and what cannot be a sequence",
        arguments: [
            ("I", "id: { new: uuid }", "type-mismatch"), ("I", "id: .id\ntext: { sequence: t }", "type-mismatch"),
            ("I", "id: .id\nflag: { sequence: t }", "type-mismatch"),
            ("I", "id: .id\nlist: { new: uuid }", "type-mismatch"),
            ("U", "id: { sequence: t }", "new-key"), ("D", "id: { sequence: t, round: 0 }", "new-key"),
            ("I", "id: { sequence: \"\" }", "type"), ("I", "id: { sequence: { from: 1 } }", "missing-field"),
            ("I", "id: { sequence: { name: t, from: -1 } }", "type"),
            ("I", "id: { sequence: { name: t, from: 9007199254740992 } }", "type"),
            ("I", "id: { sequence: \(String(repeating: "x", count: 121)) }", "sequence-name"),
            ("I", "id: .id\ntext: { new: guid }", "type"), ("I", "id: { sequence: t, path: .id }", "two-sources"),
            ("I", "id: { sequence: t, trim: true }", "step-type"),
        ])
    func wrong(operation: String, fields: String, rule: String) {
        let indented = fields.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n")
        let mistakes = Self.check("companyId: c\noperation: \(operation)\nfields:\n" + indented)
        #expect(mistakes.contains { $0.rule == rule && $0.severity == .error }, "\(mistakes)")
    }

    @Test func `a key is read, not made, where the operation may differ`() {
        let mistakes = Self.check(
            "companyId: c\noperation: .op\nfields: { id: { path: .id, default: { sequence: t } } }")
        #expect(mistakes.filter { $0.severity == .error }.isEmpty, "\(mistakes)")
    }
}
