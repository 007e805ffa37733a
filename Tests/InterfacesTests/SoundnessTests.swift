import JSON
import Mappings
import Schemas
import Testing

@testable import Interfaces

/// What a schema excludes is refused: each kind of value, made of each kind of member, by each operation.
@Suite struct SoundnessTests {
    static let fields: [(field: String, value: String)] =
        ["text", "state", "count", "price", "flag", "at", "list", "thing", "far"].flatMap { field in
            [
                ".v", "{ path: [.v, .w] }", "{ path: .v, trim: true }", "{ path: .v, text: true }",
                "{ path: .v, integer: true }", "{ path: .v, decimal: '1.234,50' }", "{ path: .v, bool: true }",
                "{ path: .v, table: { A: open, B: done } }", "{ path: .v, table: { A: open, '*': done } }",
                "{ path: .v, table: { '1': open, 'true': done } }", "{ path: .v, default: open }",
                "{ path: .v, default: 1 }", "{ path: .v, upper: true, default: open }",
                "{ path: .v, trim: true, blank: missing }", "{ path: .v, blank: missing, trim: true }",
                "{ path: .v, trim: true, onError: drop }", "{ path: .v, trim: true, onError: { value: open } }",
                "{ path: .v, integer: true, onError: 'null' }", "{ path: .v, split: ',' }",
                "{ path: .v, split: ',', each: { trim: true } }", "{ path: .v, each: { path: .a, upper: true } }",
                "{ path: .v, join: ',' }", "{ path: .v, date: yyyy-MM-dd }", "{ path: .v, date: epochSeconds }",
                "{ path: .v, jq: '.a' }", "{ path: .v.a }", "{ path: '.v[0]' }", "{ path: .v.a, trim: true }",
                "{ concat: [.v, x] }", "{ concat: [.v, .w] }", "{ path: .v, scale: 2 }", "{ path: .v, round: 1 }",
                "{ choose: [{ when: { path: .v, equals: A }, then: open }, { else: .v }] }",
                "{ fields: { a: .v, b: { path: .v, lower: true } } }", "{ path: .v, substring: { from: 1 } }",
                "{ path: .v, replace: { A: B } }", "{ path: .v, pad: { length: 3, with: '0' } }",
            ].map { (field, $0) }
        }

    static let bodies =
        [
            "null", "true", "false", "0", "1", "-1.5", "2.0", "1e400", "12345678901234567890", #""""#, #"" ""#, #""A""#,
            #""B""#,
            #""xx""#, #""open""#, #""done""#, #""1""#, #"" 12 ""#, #""1.234,50""#, #""true""#, #""yes""#, #""a,b""#,
            #""2024-02-03""#, #""2024-02-03T04:05:06Z""#, #""2024-02-33""#, "[]", #"["x"]"#, "[1]", "[null]",
            #"[{"a":"x"}]"#, #"[{"a":1}]"#, "{}", #"{"a":"x"}"#, #"{"a":1}"#, #"{"a":null}"#,
        ].map { #"{"k":"1","v":\#($0)}"# } + [
            #"{"k":"1"}"#, #"{"k":"1","w":"zz"}"#, #"{"k":"1","v":null,"w":"zz"}"#, #"{"k":""}"#, #"{"k":null}"#,
            #"{"k":1,"v":"xx"}"#, #"{"v":"xx"}"#, "[]", #""x""#, "1", "null",
        ]

    static let operations: [(word: String, program: Definition.Program)] = [
        ("I", .complete), ("U", .partial), ("D", .keyOnly), ("IU", .partial),
    ]

    @Test("A body that the schema excludes is refused by the mapping or the definition", arguments: operations.indices)
    func excluded(_ index: Int) throws {
        let (operation, program) = Self.operations[index]
        let definition = try #require(Described.catalogs["catalogNote"])
        let parser = JSONParser()
        let mapper = MessageMapper()
        var (excluded, taken) = (0, 0)
        for (field, value) in Self.fields {
            let text = Described.route(field, value, operation: operation)
            guard let table = try? Described.table(text) else { continue }
            let document = try OpenAPIDocument.make(table, catalogs: Described.catalogs, listeners: [], version: "1")
            let schema = try Self.program(of: document)
            for body in Self.bodies {
                let message = try parser.parse(body)
                let isOpen = message.withRoot { schema.isValid($0) }
                let isTaken = try Self.takes(
                    message,
                    mapper.map(
                        message, with: table.routes[0].shapes[0], facts: MessageFacts(receivedAt: 0),
                        catalogs: Described.catalogs),
                    definition, program)
                #expect(isOpen || !isTaken, "\(operation) \(field): \(value) takes \(body), and the schema excludes it")
                excluded += isOpen ? 0 : 1
                taken += isTaken ? 1 : 0
            }
        }
        // Neither says nothing.
        #expect(excluded > 1000)
        #expect(taken > 500)
    }

    private static func takes(
        _ message: JSONDocument, _ mapped: MessageMapper.Mapped, _ definition: Definition,
        _ program: Definition.Program
    ) throws -> Bool {
        guard case .items(_, let body, let items) = mapped, items.faults.isEmpty else { return false }
        return try JSONParser().parse(body).withRoot { root in
            root["items"]?.elements.allSatisfy { definition.isValid($0, as: program) } ?? false
        }
    }

    /// The schema of the only body, with what it refers to.
    private static func program(of document: JSONValue) throws -> SchemaProgram {
        var schema = Described.body(document)
        schema["components"] = document["components"]
        var registry = SchemaRegistry()
        try registry.add(JSONParser().parse(schema.json), retrievalURI: "urn:test:body", file: nil)
        return try registry.compile("urn:test:body", assertFormats: true)
    }
}
