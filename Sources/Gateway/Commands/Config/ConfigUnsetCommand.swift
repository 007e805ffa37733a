internal import ArgumentParser
internal import MongoStore

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
            let filters = try before.ownFilters(of: key)
            if filters.isEmpty {
                Terminal.error("\(key.name) is not in the collection '\(CollectionSettings.collection)'")
            } else {
                try await StoreReading.with(before.inForce) { reader in
                    for filter in filters {
                        try await reader.removeSetting(in: CollectionSettings.collection, filter: filter)
                    }
                }
            }
            let row = try await StoredSettings.read(options).row(key)
            Terminal.line("\(key.name) = \(row.value)  (\(row.origin))")
        }
    }
}
