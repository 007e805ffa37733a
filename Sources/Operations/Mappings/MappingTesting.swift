internal import Settings
internal import BSON
package import DryRun
internal import Foundation
internal import Ingest
package import Mappings
package import Schemas

/// Runs one test file: reads it, the mapping and the definitions beside it.
package struct MappingTesting {
    package struct Result {
        package var file: String
        /// What keeps the tests from being run at all.
        package var findings: [Diagnostic] = []
        package var outcomes: [TestRunner.Outcome] = []
        package var tests: [MappingTest] = []
        package var gaps: [String] = []

        package var hasFailed: Bool {
            findings.contains { $0.severity == .error } || outcomes.contains { !$0.differences.isEmpty }
        }
    }

    /// Definitions of the settings; a test file's own come on top.
    package let definitions: String?
    /// Those of the settings as they were read; nil where they are to be read for each file.
    package var catalogs: Catalogs?

    package init(definitions: String?, catalogs: Catalogs? = nil) {
        self.definitions = definitions
        self.catalogs = catalogs
    }

    package func run(_ file: String) async -> Result {
        var result = Result(file: file)
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

        let path = directory + "/" + tests.mapping
        guard let mapping = MappingFileSet.text(of: path) else {
            result.findings.append(
                Diagnostic(
                    file: file, position: nil, rule: "test-mapping",
                    message:
                        "there is no mapping '\(path)'; say 'mapping:' in the test file, or name it after the mapping"))
            return result
        }
        let compiled = MappingCompiler.compile(files: [(path, mapping)], context: MappingFiles.context(catalogs))
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
