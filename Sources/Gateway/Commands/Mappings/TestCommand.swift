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
            over a store in memory. Exits 1 where something differs.

            EXAMPLE
              gateway test                          all tests below mappings/, or mappings.directory
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

    @Flag(help: "Replace the expectations in the files by the actual results.")
    var update = false

    @OptionGroup var output: FormatOption
    @OptionGroup var options: SettingsOptions

    func run() async throws {
        let settings = try options.load(needing: [])
        var paths = files
        if paths.isEmpty { paths = [settings[.mappingsDirectory] ?? "mappings"] }
        var tests: [String] = []
        var seen: Set<String> = []
        for path in paths {
            guard let found = MappingFileSet.files(in: path, ending: ".test.yaml"), !found.isEmpty else {
                Terminal.error("\(path): there is no test (*.test.yaml) there; name a file, or a directory with some")
                throw ExitCode.failure
            }
            tests += found.filter { seen.insert(MappingFileSet.identity(of: $0)).inserted }
        }
        let testing = MappingTesting(definitions: settings[.definitionsDirectory])
        var results: [MappingTesting.Result] = []
        for file in tests {
            var result = await testing.run(file)
            if update, result.hasFailed, try TestUpdate.write(result) { result = await testing.run(file) }
            results.append(result)
        }
        switch output.format {
        case .text: Self.tell(results, coverage: coverage)
        case .json:
            Terminal.line("[" + results.map { Self.json($0, coverage: coverage) }.joined(separator: ",\n ") + "]")
        }
        if results.contains(where: \.hasFailed) { throw ExitCode.failure }
    }

    private static func tell(_ results: [MappingTesting.Result], coverage: Bool) {
        var (passed, failed) = (0, 0)
        for result in results {
            for finding in result.findings { Terminal.line(finding.description) }
            if result.findings.contains(where: { $0.severity == .error }) { failed += 1 }
            for outcome in result.outcomes {
                if outcome.differences.isEmpty {
                    passed += 1
                    continue
                }
                failed += 1
                Terminal.line("FAILED \(result.file):\(outcome.position): \(outcome.name)")
                for line in outcome.differences { Terminal.line("    " + Terminal.visible(line)) }
            }
            if coverage {
                for gap in result.gaps { Terminal.line("not covered \(result.file): \(gap)") }
            }
        }
        if coverage, results.allSatisfy(\.gaps.isEmpty) {
            Terminal.line("covered: every case, field, table entry, branch, operation and rule of these mappings")
        }
        Terminal.line("\(passed) passed, \(failed) failed in \(results.count) file\(results.count == 1 ? "" : "s")")
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
        if coverage { object.add("notCovered", objects: result.gaps.map(JSONText.quoted)) }
        return object.text
    }
}
