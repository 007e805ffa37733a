internal import Settings
internal import ArgumentParser
internal import Contracts
internal import Operations
internal import Output
internal import Service

extension FeedsCommand {
    struct ListCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Lists the feeds: state, last and next run, failed postings, leaseholder.")

        @OptionGroup var output: FormatOption
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let texts = try await StoreReading.with(options.load(needing: [.store])) { reader in
                let rows = try await FeedTable.rows(reader)
                let failures = try await FeedTable.failures(rows, reader)
                let now = WallClock.now()
                return rows.map { FeedText(row: $0, failed: failures[$0.name] ?? 0, now: now) }
            }
            switch output.format {
            case .json: Terminal.line("[" + texts.map(\.json).joined(separator: ",\n ") + "]")
            case .text where texts.isEmpty:
                Terminal.error(
                    "no feed has run yet; one runs once its queue is named, for example RABBITMQ_LIMITSTATUS_ENDPOINT_NAME=promo.limits: 'gateway status' tells which are off, and why"
                )
            case .text: Terminal.line(TextTable.render(header: FeedText.header, rows: texts.map(\.cells)))
            }
        }
    }
}
