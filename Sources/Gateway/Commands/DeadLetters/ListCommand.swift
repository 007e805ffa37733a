internal import ArgumentParser
internal import BSON
internal import Contracts
internal import Ingest
internal import JSON
internal import MongoStore
internal import Operations
internal import Output
internal import Settings

extension DeadLettersCommand {
    struct ListCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Lists dead letters, newest first.")

        @OptionGroup var filter: DeadLetterFilter

        @Option(help: "State: open, replayed or discarded.")
        var state: String?

        @Option(help: "Maximum number of dead letters.")
        var limit = 50

        @OptionGroup var output: FormatOption
        @OptionGroup var options: SettingsOptions

        func validate() throws {
            if let state, DeadLetterState(rawValue: state) == nil {
                throw ValidationError("--state is open, replayed or discarded, not '\(state)'")
            }
            if limit < 1 { throw ValidationError("--limit is at least 1") }
        }

        func run() async throws {
            let settings = try options.load(needing: [.store])
            var query = try filter.query(settings)
            if let state = state.flatMap({ DeadLetterState(rawValue: $0) }) { query.states = [state] }
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
