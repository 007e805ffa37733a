import ArgumentParser
import Foundation
@testable import Gateway
import Mappings
import Operations
import Schemas
import Testing

/// All verbs and the service read the same files of a folder.
@Suite struct MappingFileSetTests {
    private static func route(_ name: String) -> String {
        "routes:\n  \(name):\n    from: { amqp: { queue: \(name) } }\n    message: catalog\n"
    }

    private static func test(_ mapping: String) -> String {
        """
        mapping: \(mapping)
        tests:
          - name: one
            message: { body: { companyId: c, catalog: catalogBrand, items: [] }, outcomes: [] }

        """
    }

    private func folder(_ files: [String: String]) throws -> String {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("files-\(UUID())")
        for (name, text) in files {
            let file = url.appendingPathComponent(name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        return url.path
    }

    private static let files = [
        "a.yaml": route("a"), "b.yml": route("b"), "feeds/c.yaml": route("c"), "feeds/d.yml": route("d"),
        "x.table.yaml": "1: 2\n", "y.table.yml": "1: 2\n",
        // Left behind by editors and file systems.
        ".e.yaml": "{", "._a.yaml": "\0", ".#a.yaml": "{", "#a.yaml": "{", "~a.yaml": "{", "a.yaml~": "{",
        "a.yaml.bak": "{", "#a.yaml#": "{", ".a.yaml.swp": "{", "feeds/.f.yaml": "{", ".hidden/g.yaml": "{",
        // Another folder's.
        "examples/h.yaml": route("h"), "feeds/more/i.yaml": route("i"), "dir.yaml/j.yaml": route("j"),
    ]

    @Test func `definitions beside mappings are those of the settings, if they lead to one directory`() throws {
        let directory = try folder(["a.yaml": Self.route("a"), "definitions/none.txt": ""])
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let own = directory + "/definitions"
        for path in [own, own + "/", directory + "/./definitions"] {
            #expect(MappingFileSet.definitions(path, beside: [directory, directory + "/a.yaml"]) == [path])
        }
        #expect(MappingFileSet.definitions(nil, beside: [directory, directory + "/."]).count == 1)
        #expect(MappingFileSet.definitions("/elsewhere", beside: [directory]) == ["/elsewhere", own])
    }

    @Test func `mappings are the files of the folder and of its feeds`() throws {
        let directory = try folder(Self.files)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let wanted = ["a.yaml", "b.yml", "feeds/c.yaml", "feeds/d.yml"].map { directory + "/" + $0 }
        #expect(MappingFileSet.mappings(in: directory) == wanted)
        #expect(MappingFileSet.mappings(in: directory + "/") == wanted)
        #expect(MappingFileSet.mappings(in: directory + "/b.yml") == [directory + "/b.yml"])
        #expect(MappingFileSet.mappings(in: directory + "/none") == nil)

        // check DIR and plan; run and check --mappings; the console.
        let catalogs = try Catalogs.builtin()
        let settings = try ProjectOptions.parse(["--set", "rabbitMQ.enabled=false"]).read(needing: []).settings
        let checked = MappingLoader.check(files: [directory], catalogs: catalogs)
        let running = MappingLoader.check(directory: directory, settings: settings, catalogs: catalogs)
        #expect(checked.findings.isEmpty && running.findings.isEmpty, "\(checked.findings) \(running.findings)")
        #expect(checked.table?.routes.map(\.name) == ["a", "b", "c", "d"])
        #expect(running.table?.routes.map(\.name) == ["a", "b", "c", "d"])
        #expect(MappingLoader.files(in: directory).map(\.path) == wanted)
        #expect(MappingLoader.check(offline: directory, catalogs: catalogs).table?.routes.count == 4)
    }

    @Test func `tests are chosen likewise, and either ending fits either`() async throws {
        var files = Self.files
        files["a.test.yaml"] = Self.test("a.yaml").replacing("mapping: a.yaml\n", with: "")
        files["b.test.yaml"] = Self.test("b.yaml").replacing("mapping: b.yaml\n", with: "")
        files["feeds/d.test.yml"] = Self.test("d.yml").replacing("mapping: d.yml\n", with: "")
        files["._a.test.yaml"] = "\0"
        files["examples/h.test.yaml"] = "{"
        let directory = try folder(files)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let tests = try #require(MappingFileSet.tests(in: directory))
        #expect(tests == ["a.test.yaml", "b.test.yaml", "feeds/d.test.yml"].map { directory + "/" + $0 })
        for test in tests {
            let result = await MappingTesting(definitions: nil).run(test)
            #expect(!result.hasFailed && result.outcomes.count == 1, "\(test): \(result.findings)")
        }
    }

    @Test func `a file that is not a mapping, and a folder without one, are refused`() throws {
        let directory = try folder(["a.txt": "x", "none/readme.md": "x"])
        defer { try? FileManager.default.removeItem(atPath: directory) }
        for path in ["/a.txt", "/none", "/missing.yaml"] {
            let found = MappingLoader.check(files: [directory + path], catalogs: nil)
            #expect(found.table == nil && found.findings.count == 1, "\(path)")
        }
    }

    /// An editor or a full disk may leave a file empty: its route must not end without a word.
    @Test(arguments: [("", true), ("\n \n", true), ("\u{FEFF}", true), ("# only this\n", false)])
    func `an emptied file is reported`(_ text: String, _ isError: Bool) throws {
        let directory = try folder(["a.yaml": Self.route("a"), "b.yaml": text])
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let settings = try ProjectOptions.parse(["--set", "rabbitMQ.enabled=false"]).read(needing: []).settings
        let catalogs = try Catalogs.builtin()
        for found in [
            MappingLoader.check(files: [directory], catalogs: catalogs),
            MappingLoader.check(directory: directory, settings: settings, catalogs: catalogs),
        ] {
            #expect(found.findings.map(\.rule) == ["mapping-empty-file"])
            #expect(found.findings.first?.description.contains(isError ? ": error: " : ": hint: ") == true)
            #expect((found.table == nil) == isError)
        }
    }

    @Test func `definitions skip what editors leave behind`() throws {
        let directory = try folder([".#x.json": "{", "._x.json": "\0", "x.json~": "{", "#x.json": "{"])
        defer { try? FileManager.default.removeItem(atPath: directory) }
        #expect(CatalogLoader.check(directory: directory).findings.isEmpty)
    }

    // MARK: Coverage

    private func lines(_ files: [String: String], _ tests: [String]) async throws -> [String] {
        let directory = try folder(files)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var results: [MappingTesting.Result] = []
        for test in tests { results.append(await MappingTesting(definitions: nil).run(directory + "/" + test)) }
        return TestCommand.lines(results, of: tests.count, coverage: true)
    }

    @Test func `nothing is called covered where a file does not load or a test fails`() async throws {
        let bad = [
            // The mapping is missing or not YAML, the test is not YAML, or fails.
            ["a.test.yaml": Self.test("none.yaml")],
            ["a.yaml": "routes: {", "a.test.yaml": Self.test("a.yaml")],
            ["a.yaml": Self.route("a"), "a.test.yaml": "tests: ["],
            ["a.yaml": Self.route("a"), "a.test.yaml": Self.test("a.yaml").replacing("[] }\n", with: "[absent] }\n")],
        ]
        for files in bad {
            let lines = try await lines(files, ["a.test.yaml"])
            #expect(!lines.contains { $0.hasPrefix("covered") || $0.hasPrefix("not covered") }, "\(lines)")
            #expect(lines.contains("coverage is not known while tests fail or cannot be run"), "\(lines)")
        }
        let good = try await lines(["a.yaml": Self.route("a"), "a.test.yaml": Self.test("a.yaml")], ["a.test.yaml"])
        #expect(good.contains { $0.hasPrefix("not covered") } && !good.contains { $0.hasPrefix("covered") }, "\(good)")
    }
}
