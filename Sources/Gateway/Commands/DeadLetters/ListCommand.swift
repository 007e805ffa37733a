internal import ArgumentParser
internal import Documents
internal import MongoStore
internal import Pipeline
internal import Records

extension DeadLettersCommand {
    struct ListCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Lists dead letters, the newest first.")

        @Option(help: "Only those with a reason of this code, such as schema or notJson.")
        var code: String?

        @Option(help: "Only those of this catalog.")
        var catalog: String?

        @Option(help: "Only those of this company.")
        var company: String?

        @Option(
            help: ArgumentHelp(
                "Only those received since: a time (2026-03-01T00:00:00Z, 2026-03-01) or an age (30m, 2h, 7d).",
                valueName: "time"))
        var since: String?

        @Option(help: "Only the one of this id.")
        var id: String?

        @Option(help: "Only those of this state: open, replayed or discarded.")
        var state: String?

        @Option(help: "At most so many.")
        var limit = 50

        @OptionGroup var output: FormatOption
        @OptionGroup var options: SettingsOptions

        func validate() throws {
            if let code, ReasonCode(rawValue: code) == nil {
                let words = ReasonCode.allCases.map(\.rawValue)
                let hint = Spelling.nearest(to: code, in: words).map { " (did you mean '\($0)'?)" } ?? ""
                throw ValidationError(
                    "--code: no reason is named '\(code)'\(hint); there are \(words.joined(separator: " "))")
            }
            if let state, DeadLetterQuery.State(rawValue: state) == nil {
                throw ValidationError("--state is open, replayed or discarded, not '\(state)'")
            }
            if let since, SinceTime.milliseconds(since, now: 0) == nil {
                throw ValidationError(
                    "--since takes a time such as 2026-03-01T00:00:00Z or an age such as 2h, not '\(since)'")
            }
            if limit < 1 { throw ValidationError("--limit is at least 1") }
        }

        func run() async throws {
            let settings = try options.load(needing: [.store])
            var query = DeadLetterQuery()
            query.code = code
            query.catalog = catalog
            query.companyId = company.map { ByteString($0) }
            query.since = since.flatMap { SinceTime.milliseconds($0, now: WallClock.now()) }
            query.id = id.map { ByteString($0) }
            if let state = state.flatMap({ DeadLetterQuery.State(rawValue: $0) }) { query.states = [state] }
            let asked = query
            let letters = try await StoreReading.with(settings) { reader in
                try await reader.deadLetters(asked, limit: limit)
            }
            print(letters)
        }

        private func print(_ letters: BSONSequence) {
            switch output.format {
            case .json:
                for index in 0..<letters.count {
                    Terminal.line(letters.withDocument(index) { BSONText.text(document: $0) })
                }
            case .text:
                for index in 0..<letters.count {
                    Terminal.line(letters.withDocument(index) { DeadLetterText.line($0) })
                }
                Terminal.error(
                    letters.isEmpty
                        ? "no dead letters"
                        : "\(letters.count) dead letter\(letters.count == 1 ? "" : "s")\(letters.count == limit ? " (there may be more: --limit)" : "")"
                )
            }
        }
    }
}
