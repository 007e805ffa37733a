internal import ArgumentParser

extension FeedsCommand {
    struct PauseCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "pause",
            abstract: "Lets a feed rest until it is resumed; what is under way is confirmed and marked first.")

        @OptionGroup var feed: FeedArgument
        @OptionGroup var options: SettingsOptions

        func run() async throws { try await FeedsCommand.pause(feed, true, options) }
    }

    struct ResumeCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "resume", abstract: "Lets a paused feed go on where it was.")

        @OptionGroup var feed: FeedArgument
        @OptionGroup var options: SettingsOptions

        func run() async throws { try await FeedsCommand.pause(feed, false, options) }
    }

    fileprivate static func pause(_ feed: FeedArgument, _ isPaused: Bool, _ options: SettingsOptions) async throws {
        if try await !give(options, to: feed, { try await $0.pause(feed.name, isPaused) }) {
            Terminal.error("'\(feed.name)' is \(isPaused ? "paused already" : "not paused")")
        }
        Terminal.line("\(feed.name): \(isPaused ? "paused" : "resumed")")
    }
}
