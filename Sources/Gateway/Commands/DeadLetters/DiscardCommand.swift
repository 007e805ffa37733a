internal import ArgumentParser
internal import Operations
internal import Output
internal import Settings

extension DeadLettersCommand {
    struct DiscardCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "discard",
            abstract: "Discards dead letters: they stay in the store, but are no longer open.",
            discussion: """
                The reason is kept with the dead letter, too. 'gateway dead-letters restore' opens it again.

                EXAMPLE
                  gateway dead-letters discard 65f0c0ffee65f0c0ffee65f0 --reason "test data"
                  gateway dead-letters discard --code schema --before 30d --dry-run
                """)

        @OptionGroup var choice: DeadLetterSelection
        @OptionGroup var bulk: BulkOptions
        @OptionGroup var options: DefinitionsOptions

        func run() async throws {
            try await DeadLettersCommand.each(
                choice, bulk, options.load(needing: [.store]), .discard(reason: bulk.reason), label: "discarding",
                done: "discarded", would: "would be discarded")
        }
    }

    struct RestoreCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "restore",
            abstract: "Restores discarded dead letters: they are open again.",
            discussion: """
                EXAMPLE
                  gateway dead-letters restore 65f0c0ffee65f0c0ffee65f0
                  gateway dead-letters restore --code schema --since 1d --dry-run
                """)

        @OptionGroup var choice: DeadLetterSelection
        @OptionGroup var bulk: BulkOptions
        @OptionGroup var options: DefinitionsOptions

        func run() async throws {
            try await DeadLettersCommand.each(
                choice, bulk, options.load(needing: [.store]), .restore, label: "restoring", done: "restored",
                would: "would be restored")
        }
    }

    /// Does the same with each of the selected dead letters, in a transaction of its own. Exits 1 if one failed.
    private static func each(
        _ choice: DeadLetterSelection, _ bulk: BulkOptions, _ settings: Settings, _ action: DeadLetterRequest.Action,
        label: String, done: String, would: String
    ) async throws {
        let counts = try await DeadLetterService.with(settings) { service in
            let ids = try await choice.ids(with: service, settings, action.state)
            if bulk.dryRun { return try await choice.rehearse(ids, with: service, action.state) }
            var counts = BulkCounts(total: ids.count)
            var bar = ProgressBar(label: label, total: ids.count)
            for (number, id) in ids.enumerated() {
                if let problem = try await service.perform(action, on: id, reason: bulk.reason).problem(id) {
                    Terminal.error(problem)
                    counts.failed += 1
                }
                bar.update(number + 1)
            }
            bar.finish()
            return counts
        }
        bulk.report(counts, of: "dead letter", done: done, would: would)
        if counts.failed > 0 { throw ExitCode.failure }
    }
}
