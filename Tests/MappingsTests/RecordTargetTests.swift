import JSON
import Mappings
import Schemas
import Testing

/// Further records of an item, as `gateway check` sees them.
@Suite struct RecordTargetTests {
    private func mistakes(_ target: String, _ more: String = "") throws -> [String] {
        try mistakes(to: "[mongodb, { mongodb: \(target) }\(more)]")
    }

    private func mistakes(to targets: String) throws -> [String] {
        let event = """
            {"$schema": "urn:promo-gateway:definition:1", "x-catalog": "catalogEvent", "x-key": ["id"],
             "x-immutable": true, "type": "object", "required": ["id", "what"], "additionalProperties": false,
             "properties": {"id": {"type": "string"}, "what": {"type": "string"},
               "brand": {"type": "string", "x-ref": "catalogBrand", "x-ref-policy": "reject"}}}
            """
        let catalogs = try Catalogs.builtin().adding(files: [
            DefinitionFile(name: "event.json", bytes: Array(event.utf8))
        ])
        let text = """
            routes:
              r:
                from: { amqp: { queue: a } }
                definition: catalogBrand
                message: { companyId: c, items: "$.items[*]", operation: IU, fields: { code: .code, name: .name } }
                to: \(targets)
            """
        return MappingCompiler.compile(
            files: [("r.yaml", text)], context: MappingContext(settings: [], catalogs: catalogs)
        ).mistakes.map { "\($0.position.line):\($0.position.column) \($0.rule): \($0.message)" }
    }

    private static let sound = "definition: catalogEvent, operation: I, fields: { id: { new: uuid }, what: .name }"

    @Test func `one that can be written has no mistake`() throws {
        #expect(try mistakes("{ \(Self.sound) }").isEmpty)
        #expect(try mistakes("{ \(Self.sound), when: { path: ~.name, equals: x }, outcomes: [inserted] }").isEmpty)
        #expect(try mistakes("{ \(Self.sound), collection: events }").isEmpty)
    }

    @Test(
        "what can never be written is reported with its place",
        arguments: [
            (
                "{ definition: catalogEvent }",
                "6:30 missing-field: 'mongodb' with 'definition:' writes a further record"
            ),
            ("{ fields: { id: .code } }", "6:30 missing-field: 'mongodb' with 'fields:' writes a further record"),
            (
                "{ definition: catalogEvnt, operation: I, fields: { id: .code } }",
                "6:44 unknown-definition: no definition is named 'catalogEvnt' (did you mean 'catalogEvent'?)"
            ),
            (
                "{ definition: catalogEvent, operation: D, fields: { id: .code } }",
                "6:69 immutable: records of catalogEvent never change (x-immutable), so operation D has no effect"
            ),
            (
                "{ definition: catalogEvent, operation: I, fields: { id: ~.code, what: .name } }",
                "6:86 stored-key: catalogEvent.id is a key, and must be known before the stored record (~) is read"
            ),
            (
                "{ definition: catalogEvent, operation: I, fields: { id: .code, what: .name, brand: ~.code } }",
                "6:113 stored-key: catalogEvent.brand is a reference"
            ),
            (
                "{ definition: catalogEvent, operation: I, fields: { what: .name } }",
                "6:30 missing-key: catalogEvent is identified by 'id'"
            ),
            (
                "{ definition: catalogEvent, operation: I, fields: { id: .code } }",
                "6:30 missing-required: catalogEvent requires 'what'"
            ),
            (
                "{ definition: catalogEvent, operation: I, fields: { id: .code, what: .name, more: .name } }",
                "6:106 unknown-record-field: catalogEvent has no field 'more'"
            ),
            (
                "{ definition: catalogEvent, operation: I, fields: { id: { sequence: n }, what: .name } }",
                "6:98 misplaced-field: id: a further record takes no number of a sequence"
            ),
            (
                "{ definition: catalogEvent, operation: X, fields: { id: .code, what: .name } }",
                "6:69 type: operation: expected 'I' or 'U'"
            ),
            ("{ collection: Bad-Name }", "6:44 collection: 'Bad-Name' cannot hold a catalog"),
        ])
    func mistakes(target: String, expected: String) throws {
        let found = try mistakes(target)
        #expect(found.contains { $0.hasPrefix(expected) }, "\(found)")
    }

    @Test func `an item's own record has one place`() throws {
        let found = try mistakes("{ \(Self.sound) }", ", { mongodb: { collection: other } }")
        #expect(
            found.contains {
                $0.contains("target-twice: to: 'mongodb' is there twice, and an item's own record has one place")
            }, "\(found)")
    }

    @Test(
        "without a record of the item, nothing can be read of it",
        arguments: [
            "{ mongodb: { definition: catalogEvent, operation: I, fields: { id: .code, what: ~.name } } }",
            "{ mongodb: { \(sound), when: { path: ~.name, exists: true } } }",
            "{ amqp: { queue: out, body: { name: ~.name } } }",
        ])
    func nothingStored(target: String) throws {
        let found = try mistakes(to: "[\(target)]")
        #expect(found.count == 1, "\(found)")
        #expect(
            found.allSatisfy { $0.contains("nothing-stored: '~.name': items have no record of their own") }, "\(found)")
        #expect(try mistakes(to: "[mongodb, \(target)]").isEmpty)
    }

    @Test func `two definitions with different keys do not write one collection`() throws {
        let found = try mistakes("{ \(Self.sound), collection: brand }")
        #expect(found.contains { $0.contains("collection-keys: ") }, "\(found)")
    }
}
