internal import ArgumentParser
internal import Documents
internal import MongoStore
internal import Pipeline
internal import Records

struct PostingsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "postings",
        abstract: "Shows the postings that wait or have failed; lays one aside, or has it tried at once.",
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
            commandName: "list", abstract: "Lists postings that wait or have failed, in the order of their ids.")

        @Option(help: "Only those of this route or feed.")
        var name: String?

        @Option(help: "Only those of this state: pending, failed or stuck.")
        var state: String?

        @Option(help: "At most so many.")
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
            var filter: [UInt8] = []
            filter.appendDocument { filter in
                if let name { filter.append("name", string: name) }
                if let state { filter.append("state", string: state) }
            }
            let (asked, limit) = (filter, limit)
            let rows = try await StoreReading.with(settings) { reader in
                try await reader.find(
                    in: StoreNames.postings, filter: asked, sort: PostingVerbs.byID, limit: limit)
            }
            let postings = (0..<rows.count).compactMap { rows.withDocument($0) { PostingRow(bson: $0) } }
            switch output.format {
            case .json: for row in postings { Terminal.line(PostingVerbs.json(row)) }
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
            commandName: "retry", abstract: "Has postings tried at the next look, also those that are stuck.")

        @Argument(help: ArgumentHelp("Ids, as 'list' prints them.", valueName: "id"))
        var ids: [String]

        @OptionGroup var options: SettingsOptions

        func run() async throws {
            try await PostingVerbs.perform(.retry, on: ids, options)
        }
    }

    struct DiscardCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "discard", abstract: "Takes postings out of the list: they are never published.")

        @Argument(help: ArgumentHelp("Ids, as 'list' prints them.", valueName: "id"))
        var ids: [String]

        @OptionGroup var options: SettingsOptions

        func run() async throws {
            try await PostingVerbs.perform(.discard, on: ids, options)
        }
    }
}
