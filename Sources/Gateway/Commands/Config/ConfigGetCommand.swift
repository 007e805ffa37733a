internal import Settings
internal import Operations
internal import ArgumentParser
internal import Output

extension ConfigCommand {
    struct GetCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "get", abstract: "Shows one setting: the value in force, and where it comes from.")

        @OptionGroup var argument: KeyArgument
        @OptionGroup var output: FormatOption
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let key = try argument.key
            let settings = try await ConfigCommand.with(options) { try await $0.read() }
            let row = settings.row(key)
            switch output.format {
            case .text: Terminal.line(row.line)
            case .json: Terminal.line(row.json)
            }
            for mistake in settings.mistakes where mistake.severity == .error {
                Terminal.error(Terminal.visible(mistake.description))
            }
        }
    }
}
