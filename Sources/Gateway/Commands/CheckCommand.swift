internal import Settings
internal import ArgumentParser
internal import Contracts
internal import Mappings
internal import Operations
internal import Output
internal import Schemas
internal import Service

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Checks settings, mappings and definitions without any server.",
        discussion: """
            Prints every mistake at once, each with its place, the rule's id and what to write instead; exits 1 if there \
            is one. Named files and directories are checked as mappings, with the tests and the directory 'definitions' \
            beside them.

            EXAMPLE
              gateway check -c gateway.yaml --mappings mappings --definitions definitions
              gateway check mappings
              gateway check --format sarif > gateway.sarif
            """)

    @Argument(
        help: ArgumentHelp(
            "Mapping files or directories; default: mappings.directory.", valueName: "file"))
    var files: [String] = []

    @Option(help: "Output format: text, json, sarif (for code scanners), github (workflow annotations).")
    var format: DiagnosticFormat = .text

    @Flag(name: .customLong("settings"), help: "List all settings with variable, default and meaning instead.")
    var listsSettings = false

    @OptionGroup var options: ProjectOptions

    func run() throws {
        if listsSettings { return SettingsTable.print(as: format == .text ? .text : .json) }
        let (settings, mistakes) = options.read(needing: files.isEmpty ? [.consumer] : [])
        var findings = (options.hints + mistakes + ListenerFiles(settings).mistakes).map { Diagnostic($0) }
        let directories = MappingFileSet.definitions(settings[.definitionsDirectory], beside: files)
        let loaded = CatalogLoader.check(directories: directories)
        findings += loaded.findings
        let mapped =
            files.isEmpty
            ? MappingLoader.check(
                directory: settings[.mappingsDirectory], settings: settings, catalogs: loaded.catalogs)
            : MappingLoader.check(files: files, catalogs: loaded.catalogs, variables: settings.variables)
        findings += mapped.findings
        Diagnostic.print(findings, as: format)
        if findings.contains(where: { $0.severity == .error }) { throw ExitCode.failure }
        if format == .text {
            Terminal.line(
                "ok: settings, \(Count.text(loaded.count, "definition"))"
                    + (directories.isEmpty ? "" : " (with \(directories.joined(separator: ", ")))")
                    + ", \(Count.text(mapped.table?.routes.count ?? 0, "route"))"
                    + ((mapped.table?.feeds.isEmpty ?? true)
                        ? "" : ", \(Count.text(mapped.table?.feeds.count ?? 0, "feed"))"))
            for line in mapped.table?.scheduleLines(now: WallClock.now()) ?? [] { Terminal.line(line) }
        }
    }

}
