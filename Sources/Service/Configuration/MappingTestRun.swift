internal import DryRun
internal import JSON
internal import Mappings
internal import Operations
internal import Output
package import Schemas
package import Settings

/// The tests beside the mappings, run before what they test is put into force: offline, and within bounds.
package struct MappingTestRun: Sendable {
    /// A line for each test that fails, and for each file of tests that cannot be run.
    package private(set) var failures: [String] = []
    private(set) var hints: [String] = []
    /// Results by file.
    private(set) var files: [File] = []

    package struct File: Sendable {
        package struct Test: Sendable {
            package let name: String
            package let line: Int
            /// Nil if it passes.
            package let problem: String?
        }

        package let path: String
        package var tests: [Test] = []
        /// Why its tests cannot be run, one line each.
        package var problems: [String] = []
    }

    /// Time after which no further file is started. A test takes about a millisecond.
    package static let patience = Duration.seconds(5)

    /// `directory`: of the mappings. `catalogs`: built-in and from the definitions directory. Reads files, so it may
    /// block.
    package static func run(directory: String?, settings: Settings, catalogs: Catalogs) async -> MappingTestRun {
        var run = MappingTestRun()
        guard let directory else { return run }
        let files = MappingFileSet.tests(in: directory) ?? []
        let testing = MappingTesting(
            definitions: settings[.definitionsDirectory], catalogs: catalogs, variables: settings.variables)
        let end = ContinuousClock.now + patience
        for (number, file) in files.enumerated() {
            guard ContinuousClock.now < end else {
                run.hints.append(
                    "\(directory): only \(number) of \(files.count) files of tests were run within \(patience);"
                        + " 'gateway test \(directory)' runs all")
                break
            }
            run.take(await testing.run(file))
        }
        return run
    }

    private mutating func take(_ result: MappingTesting.Result) {
        var file = File(path: result.file)
        file.problems = result.findings.filter { $0.severity == .error }.map(\.description)
        failures += file.problems
        for outcome in result.outcomes {
            var problem: String?
            if let first = outcome.differences.first {
                let more =
                    outcome.differences.count > 1 ? " (and \(outcome.differences.count - 1) more differences)" : ""
                problem = Terminal.visible(first) + more
            }
            file.tests.append(File.Test(name: outcome.name, line: outcome.position.line, problem: problem))
            if let problem {
                failures.append("\(result.file):\(outcome.position): the test '\(outcome.name)' fails: \(problem)")
            }
        }
        files.append(file)
    }
}
