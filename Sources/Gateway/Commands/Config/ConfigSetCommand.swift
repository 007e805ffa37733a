internal import ArgumentParser
internal import Operations
internal import Settings

extension ConfigCommand {
    struct SetCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "set", abstract: "Sets a setting in the collection; running gateways apply it at once.",
            discussion: """
                Key and value are checked before anything is written. A list is written with commas.

                EXAMPLE
                  gateway config set rabbitMQ.prefetch 200
                  gateway config set rabbitMQ.password -      (reads it from standard input)
                """)

        @OptionGroup var argument: KeyArgument

        @Argument(help: ArgumentHelp("The value; - for the first line of standard input.", valueName: "value"))
        var value: String

        @OptionGroup var act: BulkOptions
        @OptionGroup var options: SettingsOptions

        func validate() throws {
            guard case .success(let key) = SettingName.key(argument.name) else { return }
            if let problem = StoredValue.problem(with: key) { throw ValidationError(problem) }
            if value != "-", let problem = StoredValue.problem(with: value, of: key) { throw ValidationError(problem) }
        }

        func run() async throws {
            let key = try argument.key
            let text = value == "-" ? readLine() ?? "" : value
            ConfigCommand.report(try await ConfigCommand.with(options, act) { try await $0.set(key, to: text) }, act)
        }
    }
}
