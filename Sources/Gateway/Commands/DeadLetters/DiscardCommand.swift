internal import ArgumentParser
internal import Pipeline

extension DeadLettersCommand {
    struct DiscardCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "discard",
            abstract: "Lays dead letters aside: they stay in the store, and are open no more.")

        @OptionGroup var choice: LetterChoice

        @Option(help: "Why, for those who look later.")
        var reason: String?

        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let settings = try options.load(needing: [.store])
            let failed = try await LetterDesk.with(settings) { desk in
                var failed = 0
                let ids = try await desk.ids(of: choice, settings)
                var bar = ProgressBar(label: "discarding", total: ids.count)
                for (number, id) in ids.enumerated() {
                    if let problem = try await desk.perform(.discard(reason: reason), on: id).problem(id) {
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
