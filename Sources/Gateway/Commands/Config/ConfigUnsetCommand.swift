internal import ArgumentParser

extension ConfigCommand {
    struct UnsetCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "unset",
            abstract: "Takes a setting out of the collection, so that environment, file or default count again.")

        @OptionGroup var argument: KeyArgument
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let key = try argument.key
            let (row, wasThere) = try await ConfigCommand.with(options) { try await $0.unset(key) }
            if !wasThere {
                Terminal.error("\(key.name) is not in the collection '\(CollectionSettings.collection)'")
            }
            Terminal.line(row.line)
        }
    }
}
