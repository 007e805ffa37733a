internal import Settings
internal import BSON
package import DryRun
package import Foundation
internal import Ingest
package import Mappings
package import Schemas

/// Runs one test file: reads it, the mapping and the definitions beside it.
package struct MappingTesting {
    package struct Result {
        package var file: String
        /// The file as it was read; nil if it could not be.
        package var content: Data?
        /// The mapping that it tests; nil if that is not known.
        package var mapping: String?
        /// What keeps the tests from being run at all.
        package var findings: [Diagnostic] = []
        package var outcomes: [TestRunner.Outcome] = []
        package var tests: [MappingTest] = []
        package var gaps: [String] = []

        package init(file: String) { self.file = file }

        package var hasFailed: Bool {
            findings.contains { $0.severity == .error } || outcomes.contains { !$0.differences.isEmpty }
        }
    }

    /// Definitions of the settings; a test file's own come on top.
    package let definitions: String?
    /// Those of the settings as they were read; nil where they are to be read for each file.
    package var catalogs: Catalogs?

    /// What `${NAME}` stands for in the mappings.
    package let variables: [String: String]

    package init(definitions: String?, catalogs: Catalogs? = nil, variables: [String: String] = [:]) {
        self.definitions = definitions
        self.catalogs = catalogs
        self.variables = variables
    }

    /// A test and its mapping may have different endings.
    private static func otherEnding(_ path: String) -> String? {
        if path.hasSuffix(".yaml") { return String(path.dropLast(5)) + ".yml" }
        return path.hasSuffix(".yml") ? String(path.dropLast(4)) + ".yaml" : nil
    }

    package func run(_ file: String) async -> Result {
        var result = Result(file: file)
        result.content = Files.content(file)
        guard let text = MappingFileSet.text(of: file) else {
            result.findings.append(
                Diagnostic(file: file, position: nil, rule: "test-file", message: "cannot read the file as UTF-8 text"))
            return result
        }
        let directory = MappingFileSet.directory(of: file)
        let (tests, mistakes) = MappingTestReader.read(text, file: file) { path in
            MappingFiles.read(path, beside: file)
        }
        result.findings += mistakes.map { Diagnostic($0) }
        guard let tests else { return result }
        var known = tests.definitions == nil ? self.catalogs : nil
        if known == nil {
            let loaded = CatalogLoader.check(directory: tests.definitions.map { directory + "/" + $0 } ?? definitions)
            result.findings += loaded.findings.filter { $0.severity == .error }
            known = loaded.catalogs
        }
        guard let catalogs = known else { return result }

        var path = directory + "/" + tests.mapping
        if !Files.exists(path), let other = Self.otherEnding(path), Files.exists(other) { path = other }
        result.mapping = path
        guard let mapping = MappingFileSet.text(of: path) else {
            result.findings.append(
                Diagnostic(
                    file: file, position: nil, rule: "test-mapping",
                    message:
                        "there is no mapping '\(path)'; say 'mapping:' in the test file, or name it after the mapping"))
            return result
        }
        let compiled = MappingCompiler.compile(
            files: [(path, mapping)], context: MappingFiles.context(catalogs, variables: variables))
        result.findings += compiled.mistakes.map { Diagnostic($0) }.filter { $0.severity == .error }
        guard let table = compiled.table else { return result }
        var clock = tests.clock ?? "2026-01-01T00:00:00Z"
        guard let now = clock.withUTF8({ Instant.milliseconds(iso8601: $0) }) else {
            result.findings.append(
                Diagnostic(
                    file: file, position: nil, rule: "test-clock",
                    message: "clock: expected a time such as 2026-01-01T00:00:00Z, found '\(clock)'"))
            return result
        }
        var runner = TestRunner(table: table, catalogs: catalogs, now: now)
        for test in tests.tests { result.outcomes.append(await runner.run(test)) }
        result.tests = tests.tests
        result.gaps = runner.coverage.gaps
        return result
    }
}
