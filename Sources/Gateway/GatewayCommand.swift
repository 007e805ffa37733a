internal import ArgumentParser
internal import JQ
internal import Output
internal import Settings

@main
struct GatewayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gateway",
        abstract: "Takes catalog messages from RabbitMQ to MongoDB, exactly once, and publishes what Promo owns.",
        discussion: """
            A message on the queue is a JSON text with companyId, catalog and items. Each item is checked against the \
            catalog's definition and applied; one that fails becomes a dead letter and never stops its neighbours.

            FIRST STEPS
              export RABBITMQ_URI=amqp://guest:guest@localhost:5672/
              export RABBITMQ_ENDPOINT_NAME=promo.catalog
              export MONGODB_URI='mongodb://localhost:27017/?replicaSet=rs0'
              export MONGODB_DATABASE=promo
              gateway check               are settings and definitions right?
              gateway run                 the service; Ctrl-C or SIGTERM ends it
              gateway send message.json   put a message on the queue
              gateway dead-letters list   what failed, and why
              gateway status              what runs, what waits, what is wrong
              gateway feeds list          what is published, how far it has come, who does it
              gateway config list         the settings in force, and where each comes from

            Settings come from a YAML file (-c), the store's collection 'configuration', the environment or --set; 'gateway check --settings' lists them all.
            Exit codes: 0 fine, 1 findings or failures, 64 usage, 69 a server cannot be reached, 74 the output cannot be \
            written, 78 wrong settings.
            """,
        version: Version.text,
        subcommands: [
            RunCommand.self, CheckCommand.self, TestCommand.self, PlanCommand.self, ExplainCommand.self,
            SendCommand.self, StatusCommand.self, FeedsCommand.self, PostingsCommand.self, PushesCommand.self,
            DeadLettersCommand.self,
            ValidateCommand.self,
            SchemaCommand.self, DocsCommand.self, ConfigCommand.self, InitCommand.self, CompletionsCommand.self,
        ])

    static func main() async {
        JQHost.serveIfAsked()
        StandardStreams.prepare()
        if let problem = VerbNames.problem(in: Array(CommandLine.arguments.dropFirst())) {
            Redactor.shared.learn(arguments: CommandLine.arguments)
            Terminal.error("Error: \(Terminal.visible(problem))")
            Terminal.end(ExitCode.validationFailure.rawValue)
        }
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            Terminal.end(0)
        } catch {
            let code = exitCode(for: error).rawValue
            if code == ExitCode.validationFailure.rawValue { Redactor.shared.learn(arguments: CommandLine.arguments) }
            let text = fullMessage(for: error)
            // Help and version were requested, so they go to standard output.
            if !text.isEmpty { if code == 0 { Terminal.line(text) } else { Terminal.error(text) } }
            Terminal.end(code)
        }
    }
}
