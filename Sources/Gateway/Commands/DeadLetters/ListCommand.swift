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

        @OptionGroup var state: StateOption

        @Option(help: "Maximum number of dead letters.")
        var limit = 50

        @OptionGroup var output: FormatOption
        @OptionGroup var options: DefinitionsOptions

        func validate() throws {
            if limit < 1 { throw ValidationError("--limit is at least 1") }
        }

        func run() async throws {
            let settings = try options.load(needing: [.store])
            var query = try filter.query(settings)
            if let state = state.value { query.states = [state] }
            let asked = query
            let (letters, unknown) = try await StoreReading.with(settings) { reader in
                let letters = try await reader.deadLetters(asked, limit: limit)
                return (letters, letters.isEmpty ? try await filter.unknownCatalog(settings, reader) : nil)
            }
            if let unknown { Terminal.error(unknown) }
            print(letters)
        }

        private func print(_ letters: BSONSequence) {
            switch output.format {
            case .json:
                for index in 0..<letters.count {
                    Terminal.line(letters.withDocument(index) { BSONText.text(document: $0) })
                }
            case .text:
                if !letters.isEmpty {
                    let rows = (0..<letters.count).map { letters.withDocument($0) { DeadLetterText.cells($0) } }
                    Terminal.line(TextTable.render(header: DeadLetterText.header, rows: rows))
                }
                Terminal.error(
                    letters.isEmpty
                        ? "no dead letters"
                        : "\(Count.text(letters.count, "dead letter"))\(letters.count == limit ? " (there may be more: --limit)" : "")"
                )
            }
        }
    }
}
