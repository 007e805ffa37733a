internal import Operations
internal import ArgumentParser
internal import Output
internal import Settings

extension ConfigCommand {
    struct ListCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Lists the settings that are set anywhere, with value in force and origin.",
            discussion: "Exits 1 if the collection holds invalid values, and reports them.")

        @Flag(help: "Include unset settings, with their defaults.")
        var all = false

        @OptionGroup var output: FormatOption
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let settings = try await ConfigCommand.with(options) { try await $0.read() }
            let rows = settings.inForce.keys.map(settings.row).filter { row in
                all || row.stored != nil || row.inForce.map { $0.origin != .default } == true
            }
            switch output.format {
            case .text:
                Terminal.line(
                    TextTable.render(
                        header: ["setting", "value", "from"], rows: rows.map { [$0.key.name, $0.value, $0.origin] }))
            case .json: Terminal.line("[" + rows.map(\.json).joined(separator: ",\n ") + "]")
            }
            for mistake in settings.mistakes { Terminal.error(Terminal.visible(mistake.description)) }
            if settings.mistakes.contains(where: { $0.severity == .error }) { throw ExitCode.failure }
        }
    }
}
