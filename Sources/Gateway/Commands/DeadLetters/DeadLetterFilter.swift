internal import ArgumentParser
internal import BSON
internal import Contracts
internal import JSON
internal import MongoStore
internal import Operations
internal import Output
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

    /// Why nothing is found: the catalog asked for does not exist, neither as a definition nor as a dynamic field, and no
    /// dead letter names it. Nil if it does.
    func unknownCatalog(_ settings: Settings, _ reader: MongoReader) async throws -> String? {
        guard let catalog, catalog != DeadLetterCriteria.noCatalog else { return nil }
        let catalogs = try await DynamicFields.added(
            to: CatalogLoader.load(directory: settings[.definitionsDirectory]), from: reader)
        if catalogs[catalog] != nil { return nil }
        var named = DeadLetterQuery()
        named.catalog = .named(catalog)
        if try await !reader.deadLetterPlaces(named, limit: 1).isEmpty { return nil }
        let hint =
            catalogs.nearest(to: catalog)
            .map { "did you mean '\($0)'?" } ?? "'gateway schema list' shows those there are"
        return "--catalog: there is no catalog '\(Terminal.visible(catalog))'; \(hint)"
    }

    private var terms: DeadLetterCriteria {
        DeadLetterCriteria(
            code: code, catalog: catalog, company: company, since: since, before: before, id: id, text: text)
    }
}

/// The state that dead letters must be in.
struct StateOption: ParsableArguments {
    @Option(help: "State: open, replayed or discarded.")
    var state: String?

    func validate() throws {
        if let state, DeadLetterState(rawValue: state) == nil {
            throw ValidationError("--state is open, replayed or discarded, not '\(state)'")
        }
    }

    /// Nil: any.
    var value: DeadLetterState? { state.flatMap { DeadLetterState(rawValue: $0) } }
}

/// Selects dead letters: by ids, by a filter, or all of a state.
struct DeadLetterSelection: ParsableArguments {
    @Argument(help: ArgumentHelp("Ids, as printed by 'list'.", valueName: "id"))
    var ids: [String] = []

    @OptionGroup var filter: DeadLetterFilter

    @Flag(help: "All of them that are in the state that this verb acts on.")
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

    /// The ids given, or those of the dead letters of that state that the filter selects.
    func ids(
        with service: DeadLetterService, _ settings: Settings, _ state: DeadLetterState = .open
    ) async throws -> [ByteString] {
        guard ids.isEmpty else { return ids.map { ByteString($0) } }
        let found = try await service.ids(of: filter.query(settings), state)
        if found.isEmpty, let unknown = try await filter.unknownCatalog(settings, service.reader) {
            Terminal.error(unknown)
        }
        return found
    }

    /// The ids among those that cannot be acted on, which are reported, are counted.
    func rehearse(
        _ ids: [ByteString], with service: DeadLetterService, _ state: DeadLetterState
    ) async throws -> BulkCounts {
        var counts = BulkCounts(total: ids.count)
        // Those of a filter were just read.
        guard !self.ids.isEmpty else { return counts }
        for id in ids {
            let found = try await service.letter(id)
            let outcome: DeadLetterRequest.Outcome =
                found.map { $0.state == state ? .done(messageId: nil) : .notOpen(state: $0.state) } ?? .missing
            guard let problem = outcome.problem(id) else { continue }
            Terminal.error(problem)
            counts.failed += 1
        }
        return counts
    }
}
