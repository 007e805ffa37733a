import JSON
import Foundation
import Schemas

/// The official JSON-Schema-Test-Suite for draft 2020-12, which `scripts/test` puts into `.local`.
struct SchemaSuite {
    struct Case: Sendable {
        let file: String
        let group: String
        let test: String
        let isValid: Bool
        /// What our engine said; nil where the schema could not be compiled.
        let answer: Bool?
        let error: String?

        var passed: Bool { answer == isValid }
        var name: String { "\(file): \(group): \(test)" }
    }

    /// Where the suite should be.
    static let folder: URL = {
        if let path = ProcessInfo.processInfo.environment["JSON_SCHEMA_TEST_SUITE"] {
            return URL(fileURLWithPath: path, isDirectory: true)
        }
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return package.appendingPathComponent(".local/json-schema-test-suite", isDirectory: true)
    }()

    static let tests = folder.appendingPathComponent("tests/draft2020-12", isDirectory: true)

    struct Missing: Error, CustomStringConvertible {
        var description: String {
            "the JSON Schema test suite is not in \(SchemaSuite.folder.path); run scripts/setup --with-schema-suite, "
                + "or set JSON_SCHEMA_TEST_SUITE"
        }
    }

    /// The names of the suite's files below a folder, without those in folders further down.
    static func files(in folder: URL) throws -> [URL] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path), !names.isEmpty else {
            throw Missing()
        }
        return names.sorted().filter { $0.hasSuffix(".json") }.map { folder.appendingPathComponent($0) }
    }

    /// A registry with the suite's remote schemas at the address that it names for them.
    static func registryWithRemotes() throws -> SchemaRegistry {
        var registry = SchemaRegistry()
        let remotes = folder.appendingPathComponent("remotes", isDirectory: true)
        guard let walk = FileManager.default.enumerator(atPath: remotes.path) else { throw Missing() }
        var files: [DefinitionFile] = []
        // Those of other drafts are for other drafts.
        for case let path as String in walk
        where path.hasSuffix(".json") && (!path.hasPrefix("draft") || path.hasPrefix("draft2020-12/")) {
            let data = try Data(contentsOf: remotes.appendingPathComponent(path))
            files.append(DefinitionFile(name: path, bytes: [UInt8](data)))
        }
        guard files.count > 10 else { throw Missing() }
        let errors = registry.add(files: files, base: "http://localhost:1234/")
        // At the top are files that only older drafts can read ("$id": "#foo").
        if let error = errors.first(where: { $0.file?.hasPrefix("draft2020-12/") ?? true }) { throw error }
        return registry
    }

    /// Runs one file of the suite.
    static func run(_ url: URL, name: String, registry: SchemaRegistry, assertFormats: Bool) throws -> [Case] {
        let parser = JSONParser()
        let document = try parser.parse([UInt8](Data(contentsOf: url)))
        return document.withRoot { root in
            var cases: [Case] = []
            for (position, group) in root.elements.enumerated() {
                guard let schema = group["schema"], let tests = group["tests"] else { continue }
                var registry = registry
                let uri = "urn:suite:\(position)"
                var program: SchemaProgram?
                var failure: String?
                do {
                    try registry.add(
                        parser.parse(copying: UnsafeRawBufferPointer(schema.rawText)), retrievalURI: uri, file: name)
                    program = try registry.compile(uri, assertFormats: assertFormats)
                } catch {
                    failure = "\(error)"
                }
                for test in tests.elements {
                    guard let data = test["data"] else { continue }
                    // Both ways to ask must agree.
                    let violations = program?.validate(data)
                    let answer = program?.isValid(data)
                    if let violations, let answer { precondition(violations.isEmpty == answer) }
                    cases.append(
                        Case(
                            file: name, group: group["description"]?.string ?? "",
                            test: test["description"]?.string ?? "", isValid: test["valid"]?.bool == true,
                            answer: answer, error: failure))
                }
            }
            return cases
        }
    }
}
