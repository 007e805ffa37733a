internal import Operations
internal import ArgumentParser
internal import Output

extension FeedsCommand {
    struct PauseCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "pause",
            abstract: "Pauses a feed until it is resumed; postings in flight are confirmed and marked first.")

        @OptionGroup var feed: FeedArgument
        @OptionGroup var act: BulkOptions
        @OptionGroup var options: SettingsOptions

        func run() async throws { try await FeedsCommand.pause(feed, true, act, options) }
    }

    struct ResumeCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "resume", abstract: "Resumes a paused feed where it stopped.")

        @OptionGroup var feed: FeedArgument
        @OptionGroup var act: BulkOptions
        @OptionGroup var options: SettingsOptions

        func run() async throws { try await FeedsCommand.pause(feed, false, act, options) }
    }

    fileprivate static func pause(
        _ feed: FeedArgument, _ isPaused: Bool, _ act: BulkOptions, _ options: some SettingsLayers
    ) async throws {
        if try await !give(options, to: feed, act, { try await $0.pause(feed.name, isPaused) }) {
            Terminal.error("'\(feed.name)' is \(isPaused ? "paused already" : "not paused")")
        }
        report(feed, act, isPaused ? "paused" : "resumed", isPaused ? "pause" : "resume")
    }
}
