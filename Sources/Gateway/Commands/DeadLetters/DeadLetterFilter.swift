internal import ArgumentParser
internal import Contracts
internal import JSON
internal import MongoStore
internal import Operations
internal import Schemas
internal import Service
internal import Settings

/// Filter options for dead letters: all given conditions must hold.
struct DeadLetterFilter: ParsableArguments {
    @Option(help: "Reason code, such as schema or notJson.")
    var code: String?

    @Option(help: "Catalog; - for dead letters without one (unreadable messages).")
    var catalog: String?

    @Option(help: "Company.")
    var company: String?

    @Option(
        help: ArgumentHelp(
            "Received at or after: a time (2026-03-01T00:00:00Z, 2026-03-01) or an age (30m, 2h, 7d).",
            valueName: "time"))
    var since: String?

    @Option(help: ArgumentHelp("Received before: a time, or an age.", valueName: "time"))
    var before: String?

    @Option(help: "Id of a dead letter.")
    var id: String?

    @Option(
        help: ArgumentHelp(
            "Text to search for in reasons, ids, message-ids and items' keys.",
            valueName: "words"))
    var text: String?

    func validate() throws {
        do throws(DeadLetterCriteria.Mistake) {
            _ = try terms.query(now: 0, keyFields: [])
        } catch {
            throw ValidationError("--\(error.name): \(error.message); \(error.remedy)")
        }
    }

    /// Whether no condition is given.
    var isEmpty: Bool { terms.isEmpty }

    /// `settings`: give the definitions, which define key fields.
    func query(_ settings: Settings) throws -> DeadLetterQuery {
        let catalogs = text == nil ? nil : try CatalogLoader.load(directory: settings[.definitionsDirectory])
        return try terms.query(now: WallClock.now(), keyFields: catalogs?.keyFields ?? [])
    }

    private var terms: DeadLetterCriteria {
        DeadLetterCriteria(
            code: code, catalog: catalog, company: company, since: since, before: before, id: id, text: text)
    }
}

/// Selects dead letters: by ids, by a filter, or all open ones.
struct DeadLetterSelection: ParsableArguments {
    @Argument(help: ArgumentHelp("Ids, as printed by 'list'.", valueName: "id"))
    var ids: [String] = []

    @OptionGroup var filter: DeadLetterFilter

    @Flag(help: "All open dead letters.")
    var all = false

    func validate() throws {
        let ways = [!ids.isEmpty, !filter.isEmpty, all].count { $0 }
        guard ways == 1 else {
            throw ValidationError(
                ways == 0
                    ? "say which dead letters: their ids, a filter such as --code schema, or --all"
                    : "ids, a filter and --all exclude each other; keep one")
        }
    }

    /// The ids given, or those of the open dead letters that the filter selects.
    func ids(with service: DeadLetterService, _ settings: Settings) async throws -> [ByteString] {
        ids.isEmpty ? try await service.ids(of: filter.query(settings)) : ids.map { ByteString($0) }
    }
}
