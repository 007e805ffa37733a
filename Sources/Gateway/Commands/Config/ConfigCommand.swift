internal import Settings
internal import ArgumentParser
internal import Operations
internal import Output

struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Shows and changes the settings in the store's collection 'configuration'.",
        discussion: """
            What stands in that collection counts more than the settings file and less than the environment and the \
            command line. Every gateway on the database follows a change within two seconds, losing nothing: consoles \
            write there, and so does this verb, as documents like {_id: "rabbitMQ.enabled", value: false}.

            What these verbs show as in force is what a gateway would run on that has the environment, the settings file \
            and the options of this very command. Passwords are never shown.

            EXAMPLE
              gateway config set rabbitMQ.enabled false    all gateways finish what they have and disconnect
              gateway config unset rabbitMQ.enabled        back to what environment, file or default say
              gateway config set companies.allowed napse,acme
              gateway config set rabbitMQ.password - < /run/secrets/rabbit
              gateway config list
            """,
        subcommands: [GetCommand.self, SetCommand.self, UnsetCommand.self, ListCommand.self])
}

extension ConfigCommand {
    /// The setting as it is now.
    static func report(_ row: SettingRow, _ act: BulkOptions) {
        if act.dryRun { Terminal.error("not written (--dry-run); now:") }
        Terminal.line(act.output.format == .json ? row.json : row.line)
    }

    /// Opens the settings collection of the store that the command's settings name. Failures are reported: exit 64 for
    /// a wrong command line, 69 without a store, 78 for invalid settings in other layers.
    static func with<Success: Sendable>(
        _ options: some SettingsLayers, _ act: BulkOptions? = nil,
        _ body: (SettingService) async throws -> Success
    ) async throws -> Success {
        try await StoreReading.with(options.load(needing: [.store])) { reader in
            do {
                return try await body(
                    SettingService(
                        reader, options.reader, by: AuditLog.thisUser, reason: act?.reason,
                        isRehearsal: act?.dryRun == true))
            } catch let refusal as SettingService.Refusal {
                switch refusal {
                case .value(let words):
                    Terminal.error(words)
                    throw ExitCode(64)
                case .conflict(let words):
                    Terminal.error("not written: \(words)")
                    throw ExitCode.failure
                case .shared(let words):
                    Terminal.error(words)
                    throw ExitCode.failure
                }
            }
        }
    }
}
