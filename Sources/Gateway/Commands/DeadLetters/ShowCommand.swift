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
            commandName: "show", abstract: "Shows one dead letter: its origin, reasons and message.")

        @Argument(help: "Id of the dead letter, as printed by 'list'.")
        var id: String

        @OptionGroup var output: FormatOption
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let settings = try options.load(needing: [.store])
            let wanted = ByteString(id)
            let letter = try await StoreReading.with(settings) { reader in try await reader.deadLetter(wanted) }
            guard !letter.isEmpty else {
                Terminal.error("there is no dead letter '\(id)'; 'gateway dead-letters list' shows those there are")
                throw ExitCode.failure
            }
            Terminal.line(
                letter.withDocument(0) {
                    output.format == .json ? BSONText.text(document: $0) : DeadLetterText.page($0)
                })
        }
    }
}
