internal import ArgumentParser

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
