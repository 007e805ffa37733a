internal import Settings
internal import ArgumentParser
internal import JSON
internal import MongoStore
internal import Operations
internal import Output

struct FeedsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "feeds",
        abstract: "Lists, runs, pauses, resumes and rewinds the feeds from the store's collections.",
        discussion: """
            A feed publishes documents of a collection to a queue: on a schedule, as they are registered, or both. One of the \
            running gateways does it and keeps its progress in the collection 'gateway.feeds'; these verbs read that, and write \
            orders there that the gateway carries out within a second.

            A feed appears in the list once a gateway has run it for the first time.

            EXAMPLE
              gateway feeds list
              gateway feeds run limit-status                             now, and wait for the result
              gateway feeds pause limit-status                           until 'gateway feeds resume limit-status'
              gateway feeds rewind limit-status --to 2026-03-01T00:00:00Z   publish again what is newer
              gateway feeds rewind limit-status                          publish all of it again
            """,
        subcommands: [ListCommand.self, RunCommand.self, PauseCommand.self, ResumeCommand.self, RewindCommand.self],
        defaultSubcommand: ListCommand.self)
}

/// The name of a feed, as a command-line argument.
struct FeedArgument: ParsableArguments {
    @Argument(help: ArgumentHelp("Name of a feed, as printed by 'gateway feeds list'.", valueName: "feed"))
    var name: String
}

extension FeedsCommand {
    /// Writes commands to feeds. Refusals are reported: exit 1, or 64 for a wrong command line.
    static func give<Success: Sendable>(
        _ options: some SettingsLayers, to feed: FeedArgument, _ act: BulkOptions,
        _ body: (FeedService) async throws -> Success
    ) async throws -> Success {
        try await StoreReading.with(options.load(needing: [.store])) { reader in
            do {
                return try await body(
                    FeedService(reader, by: AuditLog.thisUser, reason: act.reason, isRehearsal: act.dryRun))
            } catch let refusal as FeedService.Refusal {
                Terminal.error(Terminal.visible(words(refusal, feed.name)))
                switch refusal {
                case .missing, .paused: throw ExitCode.failure
                case .publishesAll, .value: throw ExitCode(64)
                }
            }
        }
    }

    /// What was done, or would be.
    static func report(_ feed: FeedArgument, _ act: BulkOptions, _ words: String, _ state: String) {
        switch act.output.format {
        case .text: Terminal.line("\(feed.name): \(act.dryRun ? "would be " : "")\(words)")
        case .json:
            var object = JSONObjectText()
            object.add("feed", feed.name)
            object.add("dryRun", act.dryRun)
            object.add("command", state)
            Terminal.line(object.text)
        }
    }

    private static func words(_ refusal: FeedService.Refusal, _ name: String) -> String {
        switch refusal {
        case .missing(let words): words
        case .paused: "'\(name)' is paused; 'gateway feeds resume \(name)' first"
        case .publishesAll:
            "'\(name)' publishes all documents at every run; 'gateway feeds run \(name)' does it now"
        case .value(let words): "--to: \(words)"
        }
    }
}
