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
            let before = try await StoredSettings.read(options)
            if !(try await before.remove(key)) {
                Terminal.error("\(key.name) is not in the collection '\(CollectionSettings.collection)'")
            }
            Terminal.line(try await before.again().row(key).line)
        }
    }
}
