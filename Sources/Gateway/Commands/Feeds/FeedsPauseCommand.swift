internal import ArgumentParser
internal import Pipeline
internal import Records

extension FeedsCommand {
    struct PauseCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "pause",
            abstract: "Lets a feed rest until it is resumed; what is under way is confirmed and marked first.")

        @OptionGroup var feed: FeedArgument
        @OptionGroup var options: SettingsOptions

        func run() async throws { try await FeedsCommand.pause(feed.name, true, options) }
    }

    struct ResumeCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "resume", abstract: "Lets a paused feed go on where it was.")

        @OptionGroup var feed: FeedArgument
        @OptionGroup var options: SettingsOptions

        func run() async throws { try await FeedsCommand.pause(feed.name, false, options) }
    }

    fileprivate static func pause(_ name: String, _ isPaused: Bool, _ options: SettingsOptions) async throws {
        try await StoreReading.with(options.load(needing: [.store])) { reader in
            let row = try await FeedTable.row(name, reader)
            if row.isPaused == isPaused {
                Terminal.error("'\(name)' is \(isPaused ? "paused already" : "not paused")")
            } else {
                try await FeedTable.order(name, reader) { $0.append("isPaused", bool: isPaused) }
            }
            Terminal.line("\(name): \(isPaused ? "paused" : "resumed")")
        }
    }
}
