internal import Operations
internal import ArgumentParser
internal import Output

extension FeedsCommand {
    struct RewindCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rewind",
            abstract: "Makes a feed publish again what it has published: everything, or from a value on.",
            discussion: """
                The postings go out once more, under the message-ids that they had: a receiver that drops repeats is not \
                disturbed. A feed by a field goes back to the value; a feed by a flag takes its marks back in the documents \
                whose order or version field has the value or a later one.

                EXAMPLE
                  gateway feeds rewind limit-status
                  gateway feeds rewind limit-status --to 2026-03-01T00:00:00Z
                  gateway feeds rewind limit-status --to 2h       what is not older than two hours
                  gateway feeds rewind movements --to 4711       a feed by a numeric field
                """)

        @OptionGroup var feed: FeedArgument

        @Option(
            help: ArgumentHelp(
                "Where to restart: a time, an age, or a value of the feed's progress field.", valueName: "value"))
        var to: String?

        @OptionGroup var act: BulkOptions
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            try await FeedsCommand.give(options, to: feed, act) { try await $0.rewind(feed.name, to: to) }
            let place = to.map { "at \(Terminal.visible($0))" } ?? "from the beginning"
            FeedsCommand.report(feed, act, act.dryRun ? "begun again \(place)" : "begins again \(place)", "rewind")
        }
    }
}
