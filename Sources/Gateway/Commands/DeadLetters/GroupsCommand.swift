internal import ArgumentParser
internal import Contracts
internal import JSON
internal import MongoStore
internal import Operations
internal import Output
internal import Settings

extension DeadLettersCommand {
    struct GroupsCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "groups",
            abstract: "Groups open dead letters by code, field and keyword, most frequent first.",
            discussion: """
                In a field '*' stands for any index. A dead letter with several reasons counts once in each of their groups; \
                the last line says how many dead letters there are.

                EXAMPLE
                  gateway dead-letters groups
                  gateway dead-letters groups --catalog catalogItem --since 1d
                  gateway dead-letters groups --state discarded --format json
                """)

        @OptionGroup var filter: DeadLetterFilter
        @OptionGroup var state: StateOption

        @Option(help: "Maximum number of groups.")
        var limit = 50

        @OptionGroup var output: FormatOption
        @OptionGroup var options: DefinitionsOptions

        func validate() throws {
            if !(1...10_000).contains(limit) { throw ValidationError("--limit is from 1 to 10000") }
        }

        func run() async throws {
            let settings = try options.load(needing: [.store])
            var query = try filter.query(settings)
            query.states = [state.value ?? .open]
            let asked = query
            let (groups, count, unknown) = try await StoreReading.with(settings) { reader in
                let groups = try await reader.deadLetterFailures(asked, limit: limit)
                return (
                    groups, try await reader.countDeadLetters(asked),
                    groups.isEmpty ? try await filter.unknownCatalog(settings, reader) : nil
                )
            }
            if let unknown { Terminal.error(unknown) }
            switch output.format {
            case .json: Terminal.line("[" + groups.map(Self.json).joined(separator: ",\n ") + "]")
            case .text where groups.isEmpty: Terminal.error("no dead letters")
            case .text:
                Terminal.line(
                    TextTable.render(
                        header: ["count", "code", "field", "keyword", "catalog", "first, last, id of the last"],
                        rows: groups.map(Self.cells)))
                Terminal.error(
                    "\(Count.text(count, "dead letter"))\(groups.count == limit ? " (there may be more groups: --limit)" : "")"
                )
            }
        }

        private static func cells(_ group: DeadLetterFailure) -> [String] {
            func time(_ at: Int64?) -> String { at.map { WallClock.text(milliseconds: $0 / 1000 * 1000) } ?? "" }
            return [
                "\(group.count)", group.code, group.field, group.keyword ?? "", group.catalog ?? "-",
                "\(time(group.first)) \(time(group.last)) \(group.sample.map { "\($0)" } ?? "")",
            ].map { Terminal.visible($0) }
        }

        private static func json(_ group: DeadLetterFailure) -> String {
            var object = JSONObjectText()
            object.add("code", group.code)
            object.add("field", group.field)
            object.add("keyword", group.keyword)
            object.add("catalog", group.catalog)
            object.add("count", group.count)
            object.add("first", group.first.map { WallClock.text(milliseconds: $0) })
            object.add("last", group.last.map { WallClock.text(milliseconds: $0) })
            object.add("sample", group.sample.map { "\($0)" })
            return object.text
        }
    }
}
