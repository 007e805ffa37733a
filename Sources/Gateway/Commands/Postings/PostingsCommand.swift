internal import Settings
internal import ArgumentParser
internal import BSON
internal import Contracts
internal import Ingest
internal import JSON
internal import MongoStore
internal import Operations
internal import Output

struct PostingsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "postings",
        abstract: "Lists, retries and discards pending and failed postings.",
        discussion: """
            A posting that fails is tried again by itself until it gets through; these verbs are for those that cannot: a \
            document that was deleted, a message that is too large. Ids are as 'list' prints them.

            EXAMPLE
              gateway postings list
              gateway postings retry feed:limit-status:603a36021082e83690816fe0
              gateway postings discard feed:limit-status:603a36021082e83690816fe0
            """,
        subcommands: [ListCommand.self, RetryCommand.self, DiscardCommand.self], defaultSubcommand: ListCommand.self)

    struct ListCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Lists pending and failed postings, ordered by id.")

        @Option(help: "Route or feed.")
        var name: String?

        @Option(help: "State: pending, failed or stuck.")
        var state: String?

        @Option(help: "Maximum number of postings.")
        var limit = 50

        @OptionGroup var output: FormatOption
        @OptionGroup var options: SettingsOptions

        func validate() throws {
            if let state, PostingRow.State(rawValue: state) == nil {
                throw ValidationError("--state is pending, failed or stuck, not '\(state)'")
            }
            if limit < 1 { throw ValidationError("--limit is at least 1") }
        }

        func run() async throws {
            let settings = try options.load(needing: [.store])
            let (name, state, limit) = (name, state, limit)
            let asked: BSONLiteral = [
                "name": .ifThere(name) { .value($0) }, "state": .ifThere(state) { .value($0) },
            ]
            let rows = try await StoreReading.with(settings) { reader in
                try await reader.find(
                    in: StoreCollections.postings, filter: asked, sort: PostingText.byID, limit: limit)
            }
            let postings = (0..<rows.count).compactMap { rows.withDocument($0) { PostingRow(bson: $0) } }
            switch output.format {
            case .json: for row in postings { Terminal.line(PostingText.json(row)) }
            case .text where postings.isEmpty: Terminal.error("no posting waits")
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
            }
        }
    }

    struct RetryCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "retry", abstract: "Retries postings at once, including stuck ones.")

        @Argument(help: ArgumentHelp("Ids, as printed by 'list'.", valueName: "id"))
        var ids: [String]

        @OptionGroup var options: SettingsOptions

        func run() async throws {
            try await PostingCommands.perform(.retry, on: ids, options)
        }
    }

    struct DiscardCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "discard", abstract: "Discards postings: they are never published.")

        @Argument(help: ArgumentHelp("Ids, as printed by 'list'.", valueName: "id"))
        var ids: [String]

        @OptionGroup var options: SettingsOptions

        func run() async throws {
            try await PostingCommands.perform(.discard, on: ids, options)
        }
    }
}
