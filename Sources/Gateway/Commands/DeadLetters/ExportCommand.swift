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
    struct ExportCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "export",
            abstract: "Writes dead letters to standard output, one line of JSON each.",
            discussion: """
                With --messages only the messages: lines to be fixed in a text editor and read by a route from a file \
                (from: { file: … }). A message that is not JSON is written unchanged, with its line breaks.
                """)

        @OptionGroup var filter: DeadLetterFilter

        @Option(help: "Only those of this state: open, replayed or discarded.")
        var state = DeadLetterState.open.rawValue

        @Flag(help: "Write only the messages.")
        var messages = false

        @OptionGroup var options: DefinitionsOptions

        func validate() throws {
            if DeadLetterState(rawValue: state) == nil {
                throw ValidationError("--state is open, replayed or discarded, not '\(state)'")
            }
        }

        func run() async throws {
            let settings = try options.load(needing: [.store])
            var query = try filter.query(settings)
            query.states = DeadLetterState(rawValue: state).map { [$0] } ?? []
            let asked = query
            var failed = false
            let count = try await DeadLetterService.with(settings) { service in
                let letters = try await service.reader.deadLetters(asked, limit: 1_000_000)
                for index in (0..<letters.count).reversed() {
                    let document = letters.withDocument(index) { Array($0) }
                    guard messages else {
                        Terminal.line(document.withUnsafeBytes { BSONText.text(document: $0) })
                        continue
                    }
                    guard let letter = document.withUnsafeBytes({ DeadLetter(bson: $0) }) else { continue }
                    guard let body = try await service.body(of: letter) else {
                        Terminal.error(DeadLetterRequest.Outcome.incomplete.problem(letter.id) ?? "")
                        failed = true
                        continue
                    }
                    Terminal.line(String(decoding: body, as: UTF8.self))
                }
                if letters.isEmpty, let unknown = try await filter.unknownCatalog(settings, service.reader) {
                    Terminal.error(unknown)
                }
                return letters.count
            }
            Terminal.error(Count.text(count, "dead letter"))
            if failed { throw ExitCode.failure }
        }
    }
}
