internal import ArgumentParser
internal import Pipeline
internal import Records

extension FeedsCommand {
    struct RewindCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rewind",
            abstract: "Lets a feed publish again what it has published: all of it, or from a value on.",
            discussion: """
                The postings go out once more, under the message-ids that they had: a receiver that drops repeats is not \
                disturbed. A feed by a field goes back to the value; a feed by a flag takes its marks back in the documents \
                whose order or version field has the value or a later one.

                EXAMPLE
                  gateway feeds rewind limit-status
                  gateway feeds rewind limit-status --to 2026-03-01T00:00:00Z
                  gateway feeds rewind limit-status --to 2h       what is not older than two hours
                  gateway feeds rewind movements --to 4711       a feed that goes by a number
                """)

        @OptionGroup var feed: FeedArgument

        @Option(
            help: ArgumentHelp(
                "Where to begin: a time, an age, or a value of the field that the feed goes by.", valueName: "value"))
        var to: String?

        @OptionGroup var options: SettingsOptions

        func run() async throws {
            try await StoreReading.with(options.load(needing: [.store])) { reader in
                let row = try await FeedTable.row(feed.name, reader)
                if to != nil, row.identity?.goesBy == "all documents" {
                    Terminal.error(
                        "'\(feed.name)' publishes all documents at every run; 'gateway feeds run \(feed.name)' does it now"
                    )
                    throw ExitCode(64)
                }
                let value = try to.map { try Self.value($0, like: row.mark?.value) }
                try await FeedTable.order(feed.name, reader) { order in
                    order.append(
                        "rewind",
                        document: { rewind in
                            if let value { rewind.append("to", value: value) } else { rewind.append("to", null: ()) }
                        })
                }
            }
            Terminal.line(
                "\(feed.name): begins again \(to.map { "at \(Terminal.visible($0))" } ?? "from the beginning")")
        }

        /// The value of the kind that the feed's progress has; exit 64 where the text is none.
        private static func value(_ text: String, like mark: BSONValue?) throws -> BSONValue {
            let time = SinceTime.milliseconds(text, now: WallClock.now())
            let value: BSONValue?
            let expected: String
            switch mark?.type {
            case .date: (value, expected) = (time.map { BSONValue(date: $0) }, "a time such as 2026-03-01T00:00:00Z")
            case .int32, .int64, .double, .decimal128:
                (value, expected) = (
                    Int64(text).map { BSONValue(int64: $0) } ?? Double(text).map { BSONValue(double: $0) }, "a number"
                )
            case .objectID:
                let id = ObjectID(hex: text) ?? time.map { ObjectID(seconds: UInt32(clamping: $0 / 1000), random: 0) }
                (value, expected) = (id.map { BSONValue(objectID: $0) }, "an ObjectId or a time")
            case .timestamp:
                (value, expected) = (
                    time.map { BSONValue(timestamp: UInt64(UInt32(clamping: $0 / 1000)) << 32) }, "a time"
                )
            case .string: (value, expected) = (BSONValue(string: text), "")
            default:
                let number = Int64(text).map { BSONValue(int64: $0) }
                (value, expected) = (time.map { BSONValue(date: $0) } ?? number ?? BSONValue(string: text), "")
            }
            guard let value else {
                Terminal.error(
                    "--to: the feed goes by values of another kind: give \(expected), not '\(Terminal.visible(text))'")
                throw ExitCode(64)
            }
            return value
        }
    }
}
