internal import Operations
internal import ArgumentParser
internal import Output
internal import Settings

extension ConfigCommand {
    struct UnsetCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "unset",
            abstract: "Removes a setting from the collection; environment, file or default apply again.")

        @OptionGroup var argument: KeyArgument
        @OptionGroup var act: BulkOptions
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let key = try argument.key
            let (row, wasThere) = try await ConfigCommand.with(options, act) { try await $0.unset(key) }
            if !wasThere {
                Terminal.error("\(key.name) is not in the collection '\(CollectionSettings.collection)'")
            }
            ConfigCommand.report(row, act)
        }
    }
}
