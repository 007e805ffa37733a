import DryRun
import ArgumentParser
import Foundation
@testable import Gateway
import Mappings
import Operations
import Schemas
import Testing

/// What is written about mappings is run, and what is shipped is checked.
@Suite struct MappingDocumentsTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private func read(_ path: String) throws -> String {
        try String(contentsOf: Self.root.appendingPathComponent(path), encoding: .utf8)
    }

    /// The fenced blocks of a page, each with the comment before it.
    private func blocks(_ page: String) -> [(comment: String, language: String, text: String)] {
        var blocks: [(String, String, String)] = []
        var (comment, language, lines) = ("", "", [String]())
        var isInside = false
        for line in page.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if line.hasPrefix("```") {
                if isInside { blocks.append((comment, language, lines.joined(separator: "\n") + "\n")) }
                if isInside { comment = "" } else { (language, lines) = (String(line.dropFirst(3)), []) }
                isInside.toggle()
            } else if isInside {
                lines.append(line)
            } else if line.hasPrefix("<!-- ") {
                comment = line.replacing("<!-- ", with: "").replacing(" -->", with: "")
            }
        }
        return blocks
    }

    private func scratch() throws -> URL {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("mappings-\(UUID())")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return url
    }

    @Test func `the reference and the editor's schema are what the language's table says`() throws {
        #expect(try read("docs/reference/mappings.md") == LanguageReference.markdown + "\n")
        #expect(try read("mappings/mapping.schema.json") == LanguageSchema.mapping + "\n")
    }

    @Test func `every snippet of the tutorial and the guide does what the page says`() async throws {
        let directory = try scratch()
        defer { try? FileManager.default.removeItem(at: directory) }
        let all = blocks(try read("docs/tutorial/first-mapping.md")) + blocks(try read("docs/guides/mappings.md"))
        #expect(all.count == 27)
        var tests: [String] = []
        let definitions = directory.appendingPathComponent("definitions")
        try FileManager.default.createDirectory(at: definitions, withIntermediateDirectories: true)
        for (index, block) in all.enumerated() {
            if block.comment.hasPrefix("file: ") {
                let name = String(block.comment.dropFirst(6))
                try Data(block.text.utf8).write(to: directory.appendingPathComponent(name))
                if name.hasSuffix(".test.yaml") { tests.append(directory.path + "/" + name) }
            } else if block.comment == "mistakes" {
                let context = MappingFiles.context(try Catalogs.builtin())
                let found = MappingCompiler.compile(files: [("m.yaml", block.text)], context: context).mistakes
                let expected = Set(all[index + 1].text.split(separator: "\n").map(String.init))
                #expect(expected.isSubset(of: Set(found.map(\.description))), "\(found)")
            } else if block.comment.hasPrefix("plan: ") {
                let words = block.comment.split(separator: " ").map(String.init)
                let trial = try MessageFiles(
                    try MessageOptions.parse([]),
                    try SettingsOptions.parse(["--mappings", directory.path + "/" + words[1]]))
                let result = try #require(try await trial.run([directory.path + "/" + words[2]]).first)
                #expect(PlanText.page(result).replacing(directory.path + "/", with: "") + "\n" == block.text)
            }
        }
        #expect(tests.count == 11)
        for test in tests {
            let result = await MappingTesting(definitions: definitions.path).run(test)
            #expect(result.findings.isEmpty)
            for outcome in result.outcomes { #expect(outcome.differences.isEmpty, "\(test): \(outcome.name)") }
        }
    }

    @Test func `the mapping of the guide to postings has no mistake and no hint`() throws {
        let all = blocks(try read("docs/guides/postings.md")).filter { $0.comment == "file: orders.yaml" }
        let text = try #require(all.first?.text)
        let found = MappingCompiler.compile(
            files: [("orders.yaml", text)], context: MappingFiles.context(try Catalogs.builtin()))
        #expect(found.table != nil && found.mistakes.isEmpty, "\(found.mistakes)")
    }

    @Test func `every shipped mapping has tests, which pass`() async throws {
        let mappings = Self.root.appendingPathComponent("mappings").path
        let directories = [mappings, mappings + "/examples"]
        let files = try directories.flatMap {
            try #require(MappingFileSet.mappings(in: $0)) + #require(MappingFileSet.tests(in: $0))
        }
        for file in files where MappingFileSet.isMapping(file) {
            let test = file.replacing(".yaml", with: ".test.yaml")
            #expect(files.contains(test), "\(file) has no test")
            let text = try #require(MappingFileSet.text(of: file))
            #expect(text.hasPrefix("# yaml-language-server: $schema="), "\(file)")
            let result = await MappingTesting(definitions: nil).run(test)
            #expect(result.findings.isEmpty, "\(result.findings)")
            for outcome in result.outcomes { #expect(outcome.differences.isEmpty, "\(test): \(outcome.name)") }
        }
    }

    @Test func `the starter project passes its check and its tests`() async throws {
        let directory = try scratch()
        defer { try? FileManager.default.removeItem(at: directory) }
        let command = try InitCommand.parse([directory.path + "/p"])
        try command.run()
        #expect(throws: (any Error).self) { try command.run() }
        let catalogs = try #require(CatalogLoader.check(directory: directory.path + "/p/definitions").catalogs)
        let checked = MappingLoader.check(files: [directory.path + "/p/mappings"], catalogs: catalogs)
        #expect(checked.findings.isEmpty && checked.table?.routes.count == 2)
        for (name, count) in [("products", 3), ("catalogs", 2)] {
            let result = await MappingTesting(definitions: directory.path + "/p/definitions").run(
                directory.path + "/p/mappings/\(name).test.yaml")
            #expect(result.outcomes.count == count && !result.hasFailed, "\(result.findings) \(result.outcomes)")
        }
    }

    @Test func `a test that fails tells the difference, and update mends the file`() async throws {
        let directory = try scratch()
        defer { try? FileManager.default.removeItem(at: directory) }
        let examples = Self.root.appendingPathComponent("mappings/catalogs.yaml")
        try FileManager.default.copyItem(at: examples, to: directory.appendingPathComponent("catalogs.yaml"))
        let test = directory.path + "/catalogs.test.yaml"
        let text = """
            tests:
              # kept
              - name: one
                message:
                  body: { companyId: c, catalog: catalogBrand, items: [{ operation: I, code: a, name: A }, { operation: X, code: b }] }
                  outcomes: [updated]
                records:
                  brand:
                    - { companyId: c, code: a, name: B }

            """
        try Data(text.utf8).write(to: URL(fileURLWithPath: test))
        let testing = MappingTesting(definitions: nil)
        let failed = await testing.run(test)
        #expect(
            failed.outcomes.first?.differences == [
                "outcomes: expected [updated], found [inserted, rejected]",
                #"records.brand[0].name: expected "B", found "A""#,
                "deadLetters[0]: expected no more, found: /items/1/operation: expected \"I\", \"U\", \"D\" or \"IU\", found the string \"X\"; /items/1: the field \"name\" is missing; add it",
            ])
        #expect(try TestUpdate.write(failed))
        let mended = await testing.run(test)
        #expect(!mended.hasFailed && !mended.outcomes.isEmpty, "\(mended.findings) \(mended.outcomes)")
        #expect(MappingFileSet.text(of: test)?.contains("# kept") == true)
    }
}
