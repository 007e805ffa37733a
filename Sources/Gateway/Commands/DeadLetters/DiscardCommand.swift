internal import Settings
internal import ArgumentParser
internal import Operations
internal import Output

extension DeadLettersCommand {
    struct DiscardCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "discard",
            abstract: "Discards dead letters: they stay in the store, but are no longer open.")

        @OptionGroup var choice: DeadLetterSelection

        @Option(help: "Reason, kept with the dead letter.")
        var reason: String?

        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let settings = try options.load(needing: [.store])
            let failed = try await DeadLetterService.with(settings) { service in
                var failed = 0
                let ids = try await choice.ids(with: service, settings)
                var bar = ProgressBar(label: "discarding", total: ids.count)
                for (number, id) in ids.enumerated() {
                    if let problem = try await service.perform(.discard(reason: reason), on: id).problem(id) {
                        Terminal.error(problem)
                        failed += 1
                    }
                    bar.update(number + 1)
                }
                bar.finish()
                Terminal.line("discarded \(ids.count - failed) of \(ids.count)")
                return failed
            }
            if failed > 0 { throw ExitCode.failure }
        }
    }
}
