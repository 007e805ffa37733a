import JSON
import Foundation
import Schemas
import Testing
import Yams

@testable import Mappings

/// The schema that editors get agrees with the compiler on every shipped mapping.
@Suite struct EditorSchemaTests {
    private static let mappings = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("mappings")

    private func program(_ schema: String) throws -> SchemaProgram {
        var registry = SchemaRegistry()
        try registry.add(try JSONParser().parse(schema), retrievalURI: "urn:mapping", file: "mapping.schema.json")
        return try registry.compile("urn:mapping", assertFormats: true)
    }

    private func violations(_ text: String, _ program: SchemaProgram) throws -> [String] {
        let root = try #require(try YAMLText.compose(text, file: "m.yaml"))
        var json: [UInt8] = []
        YAMLValue.appendJSON(root, to: &json)
        return try JSONParser().parse(json).withRoot { program.validate($0).map(\.text) }
    }

    @Test func `every shipped mapping and test keeps to the schema`() throws {
        let (mapping, test) = (try program(LanguageSchema.mapping), try program(LanguageSchema.test))
        let all = try #require(FileManager.default.enumerator(atPath: Self.mappings.path))
        var count = 0
        // An example's settings lie beside its mappings.
        for case let name as String in all where name.hasSuffix(".yaml") && !name.hasSuffix("/gateway.yaml") {
            let text = try String(contentsOf: Self.mappings.appendingPathComponent(name), encoding: .utf8)
            #expect(try violations(text, name.hasSuffix(".test.yaml") ? test : mapping) == [], "\(name)")
            count += 1
        }
        #expect(count >= 10)
    }

    @Test func `an unknown key and a wrong kind break it`() throws {
        let mapping = try program(LanguageSchema.mapping)
        #expect(try !violations("routes: { a: { form: {} } }", mapping).isEmpty)
        #expect(try !violations("routes: { a: { from: { amqp: { queue: q, prefetch: many } } } }", mapping).isEmpty)
        #expect(try violations("routes: { a: { from: { amqp: { queue: q, prefetch: \"${N}\" } } } }", mapping).isEmpty)
    }
}
