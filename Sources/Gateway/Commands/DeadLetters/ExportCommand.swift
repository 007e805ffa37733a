internal import ArgumentParser
internal import Documents
internal import MongoStore
internal import Pipeline
internal import Records

extension DeadLettersCommand {
    struct ExportCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "export",
            abstract: "Writes dead letters to standard output, a line of JSON each.",
            discussion: """
                With --messages only the messages: lines that a text editor mends, and that a route from a file takes \
                (from: { file: … }). A message that is no JSON goes as it came, on one line only where it is on one.
                """)

        @OptionGroup var filter: LetterFilter

        @Option(help: "Only those of this state: open, replayed or discarded.")
        var state: String = "open"

        @Flag(help: "The messages alone.")
        var messages = false

        @OptionGroup var options: SettingsOptions

        func validate() throws {
            if DeadLetterQuery.State(rawValue: state) == nil {
                throw ValidationError("--state is open, replayed or discarded, not '\(state)'")
            }
        }

        func run() async throws {
            let settings = try options.load(needing: [.store])
            var query = try filter.query(settings)
            query.states = DeadLetterQuery.State(rawValue: state).map { [$0] } ?? []
            let asked = query
            var failed = false
            let count = try await LetterDesk.with(settings) { desk in
                let letters = try await desk.reader.deadLetters(asked, limit: 1_000_000)
                for index in (0..<letters.count).reversed() {
                    let document = letters.withDocument(index) { Array($0) }
                    guard messages else {
                        Terminal.line(document.withUnsafeBytes { BSONText.text(document: $0) })
                        continue
                    }
                    guard let letter = document.withUnsafeBytes({ StoredLetter(bson: $0) }) else { continue }
                    guard let body = try await desk.body(of: letter) else {
                        Terminal.error(LetterOrder.Outcome.incomplete.problem(letter.id) ?? "")
                        failed = true
                        continue
                    }
                    Terminal.line(String(decoding: body, as: UTF8.self))
                }
                return letters.count
            }
            Terminal.error("\(count) dead letter\(count == 1 ? "" : "s")")
            if failed { throw ExitCode.failure }
        }
    }
}
