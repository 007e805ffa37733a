internal import ArgumentParser
internal import MongoStore
internal import Schemas

/// Which dead letters: all that is given must hold.
struct LetterFilter: ParsableArguments {
    @Option(help: "Only those with a reason of this code, such as schema or notJson.")
    var code: String?

    @Option(help: "Only those of this catalog; - for those that name none, since they could not be read.")
    var catalog: String?

    @Option(help: "Only those of this company.")
    var company: String?

    @Option(
        help: ArgumentHelp(
            "Only those received since: a time (2026-03-01T00:00:00Z, 2026-03-01) or an age (30m, 2h, 7d).",
            valueName: "time"))
    var since: String?

    @Option(help: ArgumentHelp("Only those received before: a time, or an age.", valueName: "time"))
    var before: String?

    @Option(help: "Only the one of this id.")
    var id: String?

    @Option(
        help: ArgumentHelp(
            "Only those with these words in a reason, in their id or message-id, or in an item's key.",
            valueName: "words"))
    var text: String?

    func validate() throws {
        do throws(LetterTerms.Mistake) {
            _ = try terms.query(now: 0, keyFields: [])
        } catch {
            throw ValidationError("--\(error.name): \(error.message); \(error.remedy)")
        }
    }

    /// Whether anything is asked at all.
    var isEmpty: Bool { terms.isEmpty }

    /// `settings`: they say where definitions come from, which tell what is a key.
    func query(_ settings: Settings) throws -> DeadLetterQuery {
        let catalogs = text == nil ? nil : try CatalogLoader.load(directory: settings.text("definitions.directory"))
        return try terms.query(now: WallClock.now(), keyFields: catalogs?.keyFields ?? [])
    }

    private var terms: LetterTerms {
        LetterTerms(
            code: code, catalog: catalog, company: company, since: since, before: before, id: id, text: text)
    }
}

/// The letters that an order is for: by their ids, by a filter, or all that are open.
struct LetterChoice: ParsableArguments {
    @Argument(help: ArgumentHelp("Ids, as 'list' prints them.", valueName: "id"))
    var ids: [String] = []

    @OptionGroup var filter: LetterFilter

    @Flag(help: "All that are open.")
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
}

extension Catalogs {
    /// The names of fields that are keys in some catalog.
    var keyFields: [String] { Set(all.flatMap(\.key)).sorted() }
}
