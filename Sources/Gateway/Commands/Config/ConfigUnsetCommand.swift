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
            let store = try SettingsStore(options)
            if !(try await store.remove(key, before: try await store.read())) {
                Terminal.error("\(key.name) is not in the collection '\(CollectionSettings.collection)'")
            }
            Terminal.line(try await store.read().row(key).line)
        }
    }
}
