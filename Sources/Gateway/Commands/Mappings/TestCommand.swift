internal import Settings
internal import ArgumentParser
internal import DryRun
internal import Foundation
internal import JSON
internal import Mappings
internal import Operations
internal import Output

struct TestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Runs the tests of mappings; no server is needed.",
        discussion: """
            Each file *.test.yaml stands beside a mapping and says, for messages, what they must come to: the outcome of \
            every item, the records, the dead letters, the postings; or, for a feed, what its documents come to. The messages go through the very stages of the running gateway, \
            over a store in memory. Exits 1 where something differs. In 'records' a value may name its type: \
            { $decimal: 12.50 }, { $double: 12.5 }, { $date: "2026-03-01" }.

            EXAMPLE
              gateway test                          all tests of mappings/, or mappings.directory
              gateway test mappings/erp.test.yaml
              gateway test --coverage               also: what no test ever comes to
              gateway test --update erp.test.yaml   write what was found into the file, then look at the difference
            """)

    @Argument(help: ArgumentHelp("Test files or directories.", valueName: "file"))
    var files: [String] = []

    @Flag(
        help:
            "Report cases, fields, table entries, branches, operations and definition rules that no test covers."
    )
    var coverage = false

    @Flag(help: "Replace the expectations in the files by the actual results; the rest of each file stays as it is.")
    var update = false

    @OptionGroup var output: FormatOption
    @OptionGroup var options: ProjectOptions

    func run() async throws {
        let settings = try options.load(needing: [])
        var paths = files
        if paths.isEmpty { paths = [settings[.mappingsDirectory] ?? "mappings"] }
        var tests: [String] = []
        var seen: Set<String> = []
        for path in paths {
            guard let found = MappingFileSet.tests(in: path), !found.isEmpty else {
                Terminal.error("\(path): there is no test (*.test.yaml) there; name a file, or a directory with some")
                throw ExitCode.failure
            }
            tests += found.filter { seen.insert(MappingFileSet.identity(of: $0)).inserted }
        }
        let testing = MappingTesting(definitions: settings[.definitionsDirectory], variables: settings.variables)
        var results: [MappingTesting.Result] = []
        for file in tests {
            var result = await testing.run(file)
            if update, result.hasFailed, Self.update(result) { result = await testing.run(file) }
            results.append(result)
        }
        if coverage { results += Self.untested(paths, results) }
        switch output.format {
        case .text:
            for line in Self.lines(results, of: tests.count, coverage: coverage) { Terminal.line(line) }
        case .json:
            Terminal.line("[" + results.map { Self.json($0, coverage: coverage) }.joined(separator: ",\n ") + "]")
        }
        if results.contains(where: \.hasFailed) { throw ExitCode.failure }
    }

    /// Whether the file was changed.
    private static func update(_ result: MappingTesting.Result) -> Bool {
        do {
            return try TestUpdate.write(result)
        } catch let refusal as TestUpdate.Refusal {
            Terminal.error(Terminal.visible(refusal.message))
        } catch {
            Terminal.error("\(result.file): cannot write the file; allow it to be written")
        }
        return false
    }

    /// Results for mappings that no test file tests.
    private static func untested(
        _ paths: [String], _ results: [MappingTesting.Result]
    ) -> [MappingTesting.Result] {
        var tested = Set(results.compactMap(\.mapping).map(MappingFileSet.identity))
        return paths.flatMap { MappingFileSet.mappings(in: $0) ?? [] }
            .filter { tested.insert(MappingFileSet.identity(of: $0)).inserted }
            .map { file in
                var result = MappingTesting.Result(file: file)
                result.gaps = ["no test file"]
                return result
            }
    }

    /// The report for people.
    static func lines(_ results: [MappingTesting.Result], of files: Int, coverage: Bool) -> [String] {
        var lines: [String] = []
        var (passed, failed) = (0, 0)
        for result in results {
            for finding in result.findings { lines.append(finding.description) }
            if result.findings.contains(where: { $0.severity == .error }) { failed += 1 }
            for outcome in result.outcomes {
                if outcome.differences.isEmpty {
                    passed += 1
                    continue
                }
                failed += 1
                lines.append("\(Style.bad("FAILED")) \(result.file):\(outcome.position): \(outcome.name)")
                lines += outcome.differences.map { "    " + Terminal.visible($0) }
            }
            if coverage, !result.hasFailed {
                lines += result.gaps.map { "not covered \(result.file): \($0)" }
            }
        }
        if coverage {
            if failed > 0 {
                lines.append("coverage is not known while tests fail or cannot be run")
            } else if results.allSatisfy(\.gaps.isEmpty) {
                lines.append("covered: every case, field, table entry, branch, operation and rule of these mappings")
            }
        }
        lines.append("\(passed) passed, \(failed) failed in \(Count.text(files, "file"))")
        return lines
    }

    private static func json(_ result: MappingTesting.Result, coverage: Bool) -> String {
        var object = JSONObjectText()
        object.add("file", result.file)
        object.add("findings", objects: result.findings.map(\.json))
        object.add(
            "tests",
            objects: result.outcomes.map { outcome in
                var test = JSONObjectText()
                test.add("name", outcome.name)
                test.add("line", outcome.position.line)
                test.add("passed", outcome.differences.isEmpty)
                test.add("differences", objects: outcome.differences.map(JSONText.quoted))
                return test.text
            })
        if coverage {
            // Unknown where the tests fail or cannot be run.
            if result.hasFailed {
                object.add("notCovered", raw: "null")
            } else {
                object.add("notCovered", objects: result.gaps.map(JSONText.quoted))
            }
        }
        return object.text
    }
}
