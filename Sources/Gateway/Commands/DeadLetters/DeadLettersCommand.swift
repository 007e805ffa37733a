internal import ArgumentParser

struct DeadLettersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead-letters",
        abstract: "Lists, groups, shows, edits, replays, exports, discards and restores dead letters.",
        discussion: """
            A dead letter holds the failed items as a valid message of the same envelope, the reasons, and where it came \
            from; for a message that could not be read at all, its bytes as they came.

            EXAMPLE
              gateway dead-letters list --code schema --since 2h
              gateway dead-letters groups --since 1d
              gateway dead-letters show 65f0c0ffee65f0c0ffee65f0
              gateway dead-letters edit 65f0c0ffee65f0c0ffee65f0 --file edited.json
              gateway dead-letters replay 65f0c0ffee65f0c0ffee65f0
              gateway dead-letters replay --code schema --catalog catalogItem --canary --rate 50
              gateway dead-letters discard 65f0c0ffee65f0c0ffee65f0 --reason "test data"
              gateway dead-letters restore 65f0c0ffee65f0c0ffee65f0
              gateway dead-letters export --since 1d > letters.ndjson
            """,
        subcommands: [
            ListCommand.self, GroupsCommand.self, ShowCommand.self, EditCommand.self, ReplayCommand.self,
            DiscardCommand.self, RestoreCommand.self, ExportCommand.self,
        ], defaultSubcommand: ListCommand.self)
}
