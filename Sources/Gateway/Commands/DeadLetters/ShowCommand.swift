internal import Settings
internal import ArgumentParser
internal import BSON
internal import JSON
internal import MongoStore
internal import Operations
internal import Output

extension DeadLettersCommand {
    struct ShowCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Shows one dead letter: its origin, reasons and message, and who did what with it.")

        @Argument(help: "Id of the dead letter, as printed by 'list'.")
        var id: String

        @OptionGroup var output: FormatOption
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let settings = try options.load(needing: [.store])
            let wanted = ByteString(id)
            let (letter, history) = try await StoreReading.with(settings) { reader in
                let letter = try await reader.deadLetter(wanted)
                return (letter, letter.isEmpty ? [] : await Self.history(of: wanted, reader))
            }
            guard !letter.isEmpty else {
                Terminal.error("there is no dead letter '\(id)'; 'gateway dead-letters list' shows those there are")
                throw ExitCode.failure
            }
            Terminal.line(
                letter.withDocument(0) { document in
                    guard output.format == .json else { return DeadLetterText.page(document, history: history) }
                    // The document as it is stored, and the history behind it.
                    var members = JSONObjectText()
                    for element in BSONElements(document) {
                        var value: [UInt8] = []
                        BSONText.append(element, to: &value)
                        members.add(element.nameText, raw: String(decoding: value, as: UTF8.self))
                    }
                    members.add("history", objects: history.map(\.json))
                    return members.text
                })
        }

        private static let mostEntries = 1000

        /// Empty where the store does not answer in time: the dead letter is shown all the same.
        private static func history(of id: ByteString, _ reader: MongoReader) async -> [AuditEntry] {
            do {
                let rows = try await reader.auditRows(of: id, limit: mostEntries)
                return (0..<rows.count).map { rows.withDocument($0) { AuditEntry(bson: $0) } }
            } catch {
                Terminal.error("the history is not shown: \(error)")
                return []
            }
        }
    }
}
