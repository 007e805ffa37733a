internal import BSON
internal import Settings
internal import ArgumentParser
internal import Contracts
internal import JSON
internal import MongoStore
internal import Operations
internal import Output

extension PostingsCommand {
    struct ListCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Lists pending and failed postings, ordered by id.")

        @OptionGroup var filter: PostingFilter

        @Option(help: "Maximum number of postings.")
        var limit = 50

        @OptionGroup var output: FormatOption
        @OptionGroup var options: SettingsOptions

        func validate() throws {
            if limit < 1 { throw ValidationError("--limit is at least 1") }
        }

        func run() async throws {
            let settings = try options.load(needing: [.store])
            let (asked, limit) = (filter.query, limit)
            let rows = try await StoreReading.with(settings) { reader in
                try await reader.find(
                    in: StoreCollections.postings, filter: asked, sort: PostingText.byID, limit: limit)
            }
            let postings = (0..<rows.count).compactMap { rows.withDocument($0) { PostingRow(bson: $0) } }
            switch output.format {
            case .json: for row in postings { Terminal.line(PostingText.json(row)) }
            case .text where postings.isEmpty:
                Terminal.error(filter.isEmpty ? "no posting waits" : "no posting that waits is like this")
            case .text:
                Terminal.line(
                    TextTable.render(
                        header: ["id", "state", "of", "to", "tries", "why"],
                        rows: postings.map { row in
                            [
                                "\(row.id)", row.state.rawValue, row.name, row.target.description, "\(row.attempts)",
                                row.reason ?? "",
                            ].map { Terminal.visible($0) }
                        }))
                if postings.count == limit { Terminal.error("there may be more: --limit") }
            }
        }
    }
}
