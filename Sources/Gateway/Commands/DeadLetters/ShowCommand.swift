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
            let (letter, audit) = try await StoreReading.with(settings) { reader in
                (try await reader.deadLetter(wanted), try await reader.auditRows(of: wanted, limit: Self.mostEntries))
            }
            guard !letter.isEmpty else {
                Terminal.error("there is no dead letter '\(id)'; 'gateway dead-letters list' shows those there are")
                throw ExitCode.failure
            }
            let history = (0..<audit.count).map { audit.withDocument($0) { AuditEntry(bson: $0) } }
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
    }
}
