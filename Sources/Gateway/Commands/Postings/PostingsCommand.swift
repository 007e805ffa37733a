internal import Operations
internal import ArgumentParser

struct PostingsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "postings",
        abstract: "Lists, retries and discards pending and failed postings.",
        discussion: """
            A posting that fails is tried again by itself until it gets through; these verbs are for those that cannot: a \
            document that was deleted, a message that is too large. Ids are as 'list' prints them.

            EXAMPLE
              gateway postings list
              gateway postings list --name limit-status --state stuck --since 1d
              gateway postings retry feed:limit-status:603a36021082e83690816fe0
              gateway postings retry --state stuck --dry-run
              gateway postings discard feed:limit-status:603a36021082e83690816fe0 --reason "document deleted"
            """,
        subcommands: [ListCommand.self, RetryCommand.self, DiscardCommand.self], defaultSubcommand: ListCommand.self)

    struct RetryCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "retry", abstract: "Retries postings at once, including stuck ones.")

        @OptionGroup var choice: PostingSelection
        @OptionGroup var bulk: BulkOptions
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            try await PostingsCommand.perform(.retry, on: choice, bulk, options)
        }
    }

    struct DiscardCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "discard", abstract: "Discards postings: they are never published.")

        @OptionGroup var choice: PostingSelection
        @OptionGroup var bulk: BulkOptions
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            try await PostingsCommand.perform(.discard, on: choice, bulk, options)
        }
    }
}
