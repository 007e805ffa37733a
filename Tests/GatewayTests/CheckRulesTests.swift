import Foundation
@testable import Gateway
import Mappings
import Operations
import Testing

/// What `gateway check` says of mistakes that only show across routes, files and definitions: each with its place in a real
/// file, its rule and its remedy.
@Suite struct CheckRulesTests {
    /// Checks these files, and returns what is found without the directory.
    private func check(_ files: [String: String]) throws -> [String] {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("check-\(UUID())")
        defer { try? FileManager.default.removeItem(at: directory) }
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        for (name, text) in files { try Data(text.utf8).write(to: directory.appendingPathComponent(name)) }
        let definitions = CatalogLoader.check(directory: directory.path)
        let mapped = MappingLoader.check(files: [directory.path], catalogs: try CatalogLoader.load(directory: nil))
        return (definitions.findings + mapped.findings).map {
            $0.description.replacing(directory.path + "/", with: "")
        }
    }

    private func route(_ message: String, from: String = "{ amqp: { queue: q } }", definition: String = "catalogZone")
        -> String
    {
        """
        routes:
          r:
            from: \(from)
            definition: \(definition)
            message:
              companyId: napse
        \(message.split(separator: "\n").map { "      " + $0 }.joined(separator: "\n"))
        """
    }

    private func expect(
        _ files: [String: String], _ finding: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let found = try check(files)
        #expect(found.contains(finding), "\(found.joined(separator: "\n"))", sourceLocation: sourceLocation)
    }

    @Test func `an operation that its table or branches do not come to`() throws {
        try expect(
            [
                "m.yaml": route(
                    "items: $.a[*]\noperation: { path: .x, table: { A: I, B: Z } }\nfields: { code: .c, name: .n }")
            ],
            "m.yaml:8:48: error: operation: expected I, U, D or IU, found 'Z' [mapping-operation]")
        let choose =
            "operation: { choose: [{ when: { path: .a, exists: true }, then: { value: INSERT } }, { else: { value: D } }] }"
        try expect(
            ["m.yaml": route("items: $.a[*]\n\(choose)\nfields: { code: .c, name: .n }")],
            "m.yaml:8:18: error: operation: expected I, U, D or IU, but this can give 'INSERT'; replace it with 'table:' [mapping-operation]"
        )
        try expect(
            ["m.yaml": route("items: $.a[*]\noperation: { path: .x, integer: true }\nfields: { code: .c, name: .n }")],
            "m.yaml:8:18: error: operation: expected I, U, D or IU, but this gives a number; replace it with 'table:' [mapping-operation]"
        )
    }

    @Test func `a key that the definition does not require, or the mapping does not give`() throws {
        let definition = """
            {"$schema": "urn:promo-gateway:definition:1", "x-catalog": "catalogSeason", "x-key": ["code"],
             "type": "object",
             "properties": {"code": {"type": "string"}}}
            """
        try expect(
            [
                "catalogSeason.json": definition,
                "m.yaml": route("items: $\noperation: I\nfields: { code: .c, name: .n }"),
            ],
            #"catalogSeason.json:1:86: error: the key field code must be among "properties" and "required" [definition-invalidDefinition]"#
        )
        try expect(
            ["m.yaml": route("items: $\noperation: I\nfields: { name: .n }")],
            "m.yaml:6:7: error: catalogZone is identified by 'code'; add it under 'fields:' [mapping-missing-key]")
    }

    @Test func `a case that no message comes to`() throws {
        let cases = """
            routes:
              r:
                from: { amqp: { queue: q } }
                cases:
                  - when: { path: $.kind, equals: a }
                    message: catalog
                  - when: { path: $.kind, equals: a }
                    message: catalog
                  - message: catalog
                  - when: { path: $.kind, equals: b }
                    message: catalog
                else: ignore
            """
        let found = try check(["m.yaml": cases])
        #expect(
            found == [
                "m.yaml:7:15: error: the case at 5:15 asks the same, and takes all these messages; change this 'when:', or say 'match: all' [mapping-unreachable]",
                "m.yaml:10:9: error: a case before this one takes every message; give that one a 'when:' [mapping-unreachable]",
                "m.yaml:12:5: error: 'else:' is never reached: there is a shape that takes every message [mapping-unreachable]",
            ])
    }

    @Test func `a prefetch that keeps batches small`() throws {
        try expect(
            [
                "m.yaml": route(
                    "items: $\noperation: I\nfields: { code: .c, name: .n }",
                    from: "{ amqp: { queue: q, prefetch: 5 } }")
            ],
            "m.yaml:3:41: hint: every message is one item, so a prefetch of 5 keeps batches to 5 items; leave it out, or raise it [mapping-prefetch-below-batch]"
        )
    }

    @Test func `a variable that is not set, told once`() throws {
        let found = try check([
            "m.yaml": route(
                "items: $\noperation: I\nfields: { code: .c, name: { path: .n, default: \"${GATEWAY_TEST_NOT_SET}\" } }"
            )
        ])
        #expect(
            found == [
                "m.yaml:9:54: error: default: environment variable GATEWAY_TEST_NOT_SET is not set; set it, or write ${GATEWAY_TEST_NOT_SET:-default} [mapping-interpolation]"
            ])
    }

    @Test func `files that are not there: a table, a message of a test, a mapping of a test`() throws {
        let table = route(
            "items: $\noperation: I\nfields: { code: .c, name: { path: .n, lookup: { file: no.csv, key: a, column: b } } }"
        )
        let lookup = try check(["m.yaml": table])
        #expect(lookup.count == 1)
        #expect(lookup.first?.hasPrefix("m.yaml:9:61: error: name, lookup: there is no file '") == true, "\(lookup)")
        #expect(lookup.first?.hasSuffix("no.csv'; create it or correct the name [mapping-lookup-file]") == true)
        let found = try check([
            "m.yaml": route("items: $\noperation: I\nfields: { code: .c, name: .n }"),
            "m.test.yaml": "tests:\n  - name: one\n    message: { file: no.json, outcomes: [] }",
        ])
        #expect(found.first?.hasPrefix("m.test.yaml:3:22: error: there is no file '") == true, "\(found)")
        #expect(found.first?.hasSuffix("no.json'; create it or correct the name [mapping-message-file]") == true)
    }

    @Test func `a directory and one inside of it name each file once`() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        let definitions = CatalogLoader.check(directory: root + "/mappings/examples/definitions")
        let checked = MappingLoader.check(
            files: [root + "/mappings", root + "/mappings/examples", root + "/mappings/../mappings/catalogs.yaml"],
            catalogs: definitions.catalogs)
        #expect(checked.findings.isEmpty, "\(checked.findings)")
        #expect(checked.table != nil)
    }

    @Test func `two routes that write one collection with different keys`() throws {
        let second = """
            routes:
              s:
                from: { amqp: { queue: q2 } }
                definition: catalogItemStock
                to: { mongodb: { collection: zone } }
                message: { companyId: napse, items: $, operation: I, keep: all }
            """
        let found = try check([
            "m.yaml": route("items: $\noperation: I\nfields: { code: .c, name: .n }"), "s.yaml": second,
        ])
        #expect(
            found.contains {
                $0.hasPrefix(
                    "s.yaml:5:9: error: route 'r' writes the collection 'zone' too, with the key code, and this one with item + store"
                )
            }, "\(found)")
    }
}
