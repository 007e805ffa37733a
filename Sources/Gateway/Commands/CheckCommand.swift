internal import ArgumentParser
internal import Mappings

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Checks settings, mappings and definitions without any server.",
        discussion: """
            Prints every mistake at once, each with its place, the rule's id and what to write instead; exits 1 if there \
            is one.

            EXAMPLE
              gateway check -c gateway.yaml --mappings mappings --definitions definitions
            """)

    @OptionGroup var options: SettingsOptions
    @OptionGroup var output: FormatOption

    @Flag(name: .customLong("settings"), help: "List every setting with its variable, default and meaning instead.")
    var listsSettings = false

    func run() throws {
        if listsSettings { return SettingsTable.print(as: output.format) }
        let (settings, mistakes) = options.read(needing: [.consumer])
        var findings = (options.hints + mistakes).map { Finding($0) }
        let directory = settings.text("definitions.directory")
        let loaded = CatalogLoader.check(directory: directory)
        findings += loaded.findings
        let mapped = MappingLoader.check(directory: settings.text("mappings.directory"), settings: settings)
        findings += mapped.findings
        Finding.print(findings, as: output.format)
        if findings.contains(where: { $0.severity == .error }) { throw ExitCode.failure }
        if output.format == .text {
            Terminal.line(
                "ok: settings, \(loaded.count) definitions\(directory.map { " (with \($0))" } ?? ""),"
                    + " \(Self.routes(mapped.table?.routes.count ?? 0))")
        }
    }

    private static func routes(_ count: Int) -> String { "\(count) route\(count == 1 ? "" : "s")" }
}
