internal import ArgumentParser

struct DeadLettersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead-letters",
        abstract: "Shows what could not be applied, and why.",
        discussion: """
            A dead letter holds the failed items as a valid message of the same envelope, the reasons, and where it came \
            from; for a message that could not be read at all, its bytes as they came.

            EXAMPLE
              gateway dead-letters list --code schema --since 2h
              gateway dead-letters show 65f0c0ffee65f0c0ffee65f0
            """,
        subcommands: [ListCommand.self, ShowCommand.self], defaultSubcommand: ListCommand.self)
}
