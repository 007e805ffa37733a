internal import ArgumentParser
internal import BSON
internal import Contracts
internal import JSON
internal import MongoStore
internal import Operations
internal import Output
internal import Settings

struct PushesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pushes",
        abstract: "Lists pushes to sockets, the newest first.",
        discussion: """
            Pushes are kept for an hour. Listed are all that were committed, also those that no client was connected for.

            EXAMPLE
              gateway pushes
              gateway pushes --topic tasks --key 1 --since 10m
              gateway pushes --format json | jq .body
            """)

    @Option(help: "Topic.")
    var topic: String?

    @Option(help: "Key.")
    var key: String?

    @Option(
        help: ArgumentHelp(
            "Pushed at or after: a time (2026-03-01T00:00:00Z) or an age (30s, 10m).", valueName: "time"))
    var since: String?

    @Option(help: "Maximum number of pushes.")
    var limit = 50

    @OptionGroup var output: FormatOption
    @OptionGroup var options: SettingsOptions

    func validate() throws {
        if limit < 1 { throw ValidationError("--limit is at least 1") }
        guard let since, SinceTime.milliseconds(since, now: 0) == nil else { return }
        throw ValidationError(
            "--since: '\(since)' is not a time; give a time such as 2026-03-01T00:00:00Z or an age such as 10m")
    }

    func run() async throws {
        let settings = try options.load(needing: [.store])
        let filter = PushListing.filter(
            topic: topic, key: key, since: since.flatMap { SinceTime.milliseconds($0, now: WallClock.now()) })
        let rows = try await StoreReading.with(settings) { [limit] reader in
            try await reader.find(in: StoreCollections.pushes, filter: filter, sort: PushListing.newest, limit: limit)
        }
        let pushes = (0..<rows.count).compactMap { rows.withDocument($0) { PushRow(bson: $0) } }
        switch output.format {
        case .json:
            for row in pushes {
                var object = PushListing.facts(row)
                object.add("body", PushListing.body(row, hiding: []))
                Terminal.line(object.text)
            }
        case .text where pushes.isEmpty: Terminal.error("no push that is kept is like this")
        case .text:
            Terminal.line(
                TextTable.render(
                    header: ["at", "route", "topic", "key", "body"],
                    rows: pushes.map { row in
                        [
                            Instant.text(milliseconds: row.registeredAt), row.route, row.topic, row.key,
                            PushListing.body(row, hiding: []).cut(toBytes: 200),
                        ].map { Terminal.visible($0) }
                    }))
            if pushes.count == limit { Terminal.error("there may be more: --limit") }
        }
    }
}
