import Foundation
@testable import Gateway
import Mappings
import Operations
import Testing

/// `gateway test --update` changes what a test expects, and no other byte of its file.
@Suite struct TestUpdateTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let cases = root.appendingPathComponent("Tests/TestUpdateCases")

    static let names: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: cases.path)) ?? []
        return files.filter { $0.hasSuffix(".before.yaml") }.map { String($0.dropLast(12)) }.sorted()
    }()

    private static func bytes(_ name: String) throws -> Data {
        try Data(contentsOf: cases.appendingPathComponent(name))
    }

    /// A directory with the mapping and the test file.
    private func scratch(_ test: Data, named name: String = "t.test.yaml") throws -> URL {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("update-\(UUID())")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            at: Self.root.appendingPathComponent("mappings/catalogs.yaml"), to: url.appendingPathComponent("m.yaml"))
        try test.write(to: url.appendingPathComponent(name))
        return url
    }

    @Test func `there are cases of every style`() {
        #expect(Self.names.count >= 50)
    }

    /// Each file as it was, and as it must be after: the whole file, byte for byte.
    @Test(arguments: names) func `a file of this style`(_ name: String) async throws {
        let before = try Self.bytes(name + ".before.yaml")
        let directory = try scratch(before)
        defer { try? FileManager.default.removeItem(at: directory) }
        let file = directory.appendingPathComponent("t.test.yaml")
        let testing = MappingTesting(definitions: nil)
        let failed = await testing.run(file.path)
        #expect(failed.hasFailed && failed.findings.isEmpty, "\(failed.findings)")
        // What cannot be edited in place stays as it is.
        guard let after = try? Self.bytes(name + ".after.yaml") else {
            #expect(throws: TestUpdate.Refusal.self) { try TestUpdate.write(failed) }
            #expect(try Data(contentsOf: file) == before)
            return
        }
        #expect(try TestUpdate.write(failed))
        let found = try Data(contentsOf: file)
        #expect(found == after, "\(String(decoding: found, as: UTF8.self))")
        let passed = await testing.run(file.path)
        #expect(!passed.hasFailed && !passed.outcomes.isEmpty, "\(passed.findings) \(passed.outcomes)")
        // A second time there is nothing to do.
        #expect(try !TestUpdate.write(passed))
    }

    /// Every value of every case is changed to others and back: what is written always means what was intended, or the text
    /// is not changed.
    @Test(arguments: names) func `any value becomes any other`(_ name: String) throws {
        let text = String(decoding: try Self.bytes(name + ".before.yaml"), as: UTF8.self)
            .replacing("\u{FEFF}", with: "")
        let json = try #require(try YAMLEdit.json(text, file: name))
        var changes = 0
        for target in Self.variants(
            of: try JSONSerialization.jsonObject(with: Data(json.utf8), options: .fragmentsAllowed)
        ).prefix(120) {
            let wanted = try JSONSerialization.data(withJSONObject: target, options: [.sortedKeys, .fragmentsAllowed])
            guard let changed = try? YAMLEdit.change(text, file: name, to: String(decoding: wanted, as: UTF8.self))
            else {
                continue
            }
            changes += 1
            let after = try #require(try YAMLEdit.json(changed, file: name))
            let found = try JSONSerialization.jsonObject(
                with: Data(after.utf8), options: .fragmentsAllowed)
            #expect(
                try JSONSerialization.data(withJSONObject: found, options: [.sortedKeys, .fragmentsAllowed]) == wanted,
                "\(changed)")
        }
        let canChange = (try? Self.bytes(name + ".after.yaml")) != nil
        #expect(changes > 5 || !canChange, "only \(changes) changes were made")
    }

    private static var others: [Any] {
        [
            "x", "a b: c # d", "true", "", "ñ 末\n\t'\"\\", 12, NSNull(), true, [String](), ["a", 1] as [Any],
            [String: String](), ["k": ["v": "w"]],
        ]
    }

    /// The value with one of its parts replaced, removed or added.
    private static func variants(of value: Any) -> [Any] {
        var all = others
        if let object = value as? [String: Any] {
            for (key, inner) in object.sorted(by: { $0.key < $1.key }) {
                for variant in variants(of: inner) {
                    var changed = object
                    changed[key] = variant
                    all.append(changed)
                }
                var without = object
                without[key] = nil
                all.append(without)
            }
            var more = object
            more["new key"] = ["a": [["b": "c"]]]
            all.append(more)
        }
        if let array = value as? [Any] {
            for (index, inner) in array.enumerated() {
                for variant in variants(of: inner) {
                    var changed = array
                    changed[index] = variant
                    all.append(changed)
                }
            }
            all.append(Array(array.dropLast()))
            all.append(array + ["more"])
        }
        // Spread over all places, so that a part of them is like the whole.
        return all.enumerated().sorted { ($0.offset &* 7919) % 997 < ($1.offset &* 7919) % 997 }.map(\.element)
    }

    @Test func `answers, keys and pushes of clients are written, where they are expected`() async throws {
        let directory = try scratch(
            Data(
                """
                mapping: sockets.yaml
                tests:
                  - name: one
                    messages:
                      - { route: sockets, body: { user: 1, after: "" }, answer: { body: {} }, pushes: [{ x: 1 }] }
                      - { route: sockets, body: {}, key: a, answer: { text: b } } # none
                      - { route: push, body: { code: "1", name: A } }

                """.utf8))
        defer { try? FileManager.default.removeItem(at: directory) }
        try Data(
            """
            routes:
              sockets: { from: { websocket: { topic: t, subscribe: { key: .user, after: .after } } } }
              push:
                from: { amqp: { queue: q } }
                definition: catalogBrand
                message: { companyId: { value: c }, items: $, operation: IU, fields: { code: .code, name: .name } }
                to: { websocket: { topic: t, key: .code, body: { name: .name } } }

            """.utf8
        ).write(to: directory.appendingPathComponent("sockets.yaml"))
        let file = directory.appendingPathComponent("t.test.yaml")
        let testing = MappingTesting(definitions: nil)
        let failed = await testing.run(file.path)
        #expect(failed.hasFailed && failed.findings.isEmpty, "\(failed.findings)")
        #expect(try TestUpdate.write(failed))
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(text.contains(#"key: "1""#) && text.contains("1767225600-1-1") && text.contains("# none"), "\(text)")
        #expect(!text.contains("key: a") && text.contains("whose messages you want"), "\(text)")
        let passed = await testing.run(file.path)
        #expect(!passed.hasFailed && !passed.outcomes.isEmpty, "\(passed.findings) \(passed.outcomes) \(text)")
        #expect(try !TestUpdate.write(passed))
    }

    @Test func `a file that was changed since it was read, or is not YAML, stays as it is`() async throws {
        let directory = try scratch(try Self.bytes("crlf.before.yaml"))
        defer { try? FileManager.default.removeItem(at: directory) }
        let file = directory.appendingPathComponent("t.test.yaml")
        let failed = await MappingTesting(definitions: nil).run(file.path)
        let other = Data("tests: [\n".utf8)
        try other.write(to: file)
        #expect(throws: TestUpdate.Refusal.self) { try TestUpdate.write(failed) }
        #expect(try Data(contentsOf: file) == other)
        let broken = await MappingTesting(definitions: nil).run(file.path)
        #expect(!broken.findings.isEmpty)
        #expect(try !TestUpdate.write(broken))
        #expect(try Data(contentsOf: file) == other)
    }

    @Test func `a link stays a link, and a file keeps its rights`() async throws {
        let directory = try scratch(try Self.bytes("crlf.before.yaml"), named: "real.test.yaml")
        defer { try? FileManager.default.removeItem(at: directory) }
        let real = directory.appendingPathComponent("real.test.yaml")
        let link = directory.appendingPathComponent("link.test.yaml")
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: real)
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: real.path)
        #expect(try TestUpdate.write(await MappingTesting(definitions: nil).run(link.path)))
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == real.path)
        let rights = try FileManager.default.attributesOfItem(atPath: real.path)[.posixPermissions] as? Int
        #expect(rights == 0o640)
        #expect(try Data(contentsOf: real) == Self.bytes("crlf.after.yaml"))
    }
}
