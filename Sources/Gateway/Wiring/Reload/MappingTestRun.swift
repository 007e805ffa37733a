internal import Documents
internal import Mappings
internal import Rehearsal
internal import Schemas

/// The tests beside the mappings, run before what they test is put into force: offline, and within bounds.
struct MappingTestRun: Sendable {
    /// A line for each test that fails, and for each file of tests that cannot be run.
    private(set) var failures: [String] = []
    private(set) var hints: [String] = []
    /// What came of each file.
    private(set) var files: [File] = []

    struct File: Sendable {
        struct Test: Sendable {
            let name: String
            let line: Int
            /// Nil where it passes.
            let problem: String?
        }

        let path: String
        var tests: [Test] = []
        /// Why its tests cannot be run, a line each.
        var problems: [String] = []
    }

    /// After this time no further file is begun. Tests take about a millisecond each.
    static let patience = Duration.seconds(5)

    /// `directory`: of mappings. `catalogs`: those in the binary and the definitions directory. Touches files, so it may
    /// block.
    static func run(directory: String?, settings: Settings, catalogs: Catalogs) async -> MappingTestRun {
        var run = MappingTestRun()
        guard let directory else { return run }
        // Those elsewhere below it belong to mappings that are not in force.
        let files = (MappingFileSet.files(in: directory, ending: ".test.yaml") ?? []).filter {
            [directory, directory + "/feeds"].contains(MappingFileSet.directory(of: $0))
        }
        let testing = MappingTesting(definitions: settings.text("definitions.directory"), catalogs: catalogs)
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
