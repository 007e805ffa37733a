internal import ArgumentParser

extension ConfigCommand {
    struct SetCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "set", abstract: "Gives a setting a value in the collection; running gateways follow at once.",
            discussion: """
                Key and value are checked before anything is written. A list is written with commas.

                EXAMPLE
                  gateway config set rabbitMQ.prefetch 200
                  gateway config set rabbitMQ.password -      (reads it from standard input)
                """)

        @OptionGroup var argument: KeyArgument

        @Argument(help: ArgumentHelp("Its value; - for the first line of standard input.", valueName: "value"))
        var value: String

        @OptionGroup var options: SettingsOptions

        func validate() throws {
            guard case .success(let key) = SettingName.key(argument.name) else { return }
            if let problem = StoredValue.problem(with: key) { throw ValidationError(problem) }
            if value != "-", let problem = StoredValue.problem(with: value, of: key) { throw ValidationError(problem) }
        }

        func run() async throws {
            let key = try argument.key
            let text = value == "-" ? readLine() ?? "" : value
            if let problem = StoredValue.problem(with: text, of: key) {
                Terminal.error(problem)
                throw ExitCode(64)
            }
            let before = try await StoredSettings.read(options)
            try refuseConflict(key, text, before)
            try await before.put(text, for: key)
            Terminal.line(try await before.again().row(key).line)
        }

        /// What running gateways would leave out for being in conflict is not written at all.
        private func refuseConflict(_ key: SettingKey, _ text: String, _ before: StoredSettings) throws {
            var values = before.inForce.values
            // Where something higher counts, this value makes no difference.
            if let now = values[key.name]?.origin, !now.isCollection, !now.isBelowCollection { return }
            values[key.name] = SettingValue(text: text, origin: .collection(id: key.name))
            let conflicts = SettingRules.conflicts(values).filter { $0.names.contains(key.name) }
            guard let conflict = conflicts.first else { return }
            Terminal.error("not written: \(conflict.mistake)")
            throw ExitCode.failure
        }
    }
}
