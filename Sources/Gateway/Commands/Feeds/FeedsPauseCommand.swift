internal import Operations
internal import ArgumentParser
internal import Output

extension FeedsCommand {
    struct PauseCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "pause",
            abstract: "Pauses a feed until it is resumed; postings in flight are confirmed and marked first.")

        @OptionGroup var feed: FeedArgument
        @OptionGroup var options: SettingsOptions

        func run() async throws { try await FeedsCommand.pause(feed, true, options) }
    }

    struct ResumeCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "resume", abstract: "Resumes a paused feed where it stopped.")

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
