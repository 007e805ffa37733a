internal import ArgumentParser
internal import Contracts
internal import JSON
internal import Operations
internal import Output
internal import Service

extension FeedsCommand {
    struct RunCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "run",
            abstract: "Runs a feed now, regardless of its schedule, and waits for the result.",
            discussion: """
                The gateway that publishes the feed does it; a run that is under way ends first. Exits 1 where postings \
                failed, and 69 where no gateway publishes the feed: the order then waits for one.

                EXAMPLE
                  gateway feeds run limit-status
                  gateway feeds run limit-status --format json
                  gateway feeds run limit-status --no-wait
                """)

        @OptionGroup var feed: FeedArgument

        @Flag(help: "Do not wait for the run.")
        var noWait = false

        @OptionGroup var act: BulkOptions
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let run = try await FeedsCommand.give(options, to: feed, act) { service in
                let request = try await service.run(feed.name)
                return noWait || act.dryRun ? nil : try await wait(for: request, service)
            }
            if act.dryRun { return FeedsCommand.report(feed, act, "run", "run") }
            guard let run else {
                var ordered = JSONObjectText()
                ordered.add("feed", feed.name)
                ordered.add("isOrdered", true)
                return Terminal.line(act.output.format == .json ? ordered.text : "\(feed.name): ordered to run")
            }
            switch act.output.format {
            case .text:
                Terminal.line(FeedText.sentence(feed.name, run))
                if let error = run.error { Terminal.error(Terminal.visible(error)) }
            case .json: Terminal.line(FeedText.json(run, of: feed.name))
            }
            if run.failed > 0 || run.error != nil { throw ExitCode.failure }
        }

        /// Waits for the run that answers the command.
        private func wait(for request: Int64, _ service: FeedService) async throws -> FeedRun {
            let began = ContinuousClock.now
            var progress = FeedProgress(feed.name)
            defer { progress.finish() }
            while true {
                let row = try await service.row(feed.name)
                if row.lastRun?.request == request, let run = row.lastRun { return run }
                progress.show(row)
                let text = FeedText(row: row, failed: 0, now: WallClock.now())
                if text.state == "not running", began.duration(to: .now) > .seconds(10) {
                    progress.finish()
                    Terminal.error(
                        "no gateway publishes '\(feed.name)' now; the order stands, and the first one that does carries it out"
                    )
                    throw ExitCode(69)
                }
                if row.isPaused {
                    progress.finish()
                    Terminal.error("'\(feed.name)' was paused meanwhile; the order stands")
                    throw ExitCode.failure
                }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }
}

/// Shows a run's progress on a terminal's last line, after two seconds.
private struct FeedProgress {
    private let name: String
    private let began = ContinuousClock.now
    private var isShown = false

    init(_ name: String) { self.name = name }

    mutating func show(_ row: FeedRow) {
        guard Terminal.errorIsTerminal, began.duration(to: .now) > .seconds(2) else { return }
        isShown = true
        let words =
            if row.state == "holding" {
                "holds: \(row.reason ?? "")"
            } else {
                row.running.map { "\($0.confirmed) confirmed of \(Count.text($0.documents, "document"))" }
                    ?? "waits for the gateway"
            }
        Terminal.progress("\r\(name): \(Terminal.visible(String(words.prefix(120)))) \u{1B}[K")
    }

    mutating func finish() {
        if isShown { Terminal.progress("\r\u{1B}[K") }
        isShown = false
    }
}
