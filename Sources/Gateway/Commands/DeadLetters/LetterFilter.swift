internal import ArgumentParser
internal import Documents
internal import MongoStore
internal import Pipeline

/// Which dead letters: all that is given must hold.
struct LetterFilter: ParsableArguments {
    @Option(help: "Only those with a reason of this code, such as schema or notJson.")
    var code: String?

    @Option(help: "Only those of this catalog.")
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

    func validate() throws {
        if let code, ReasonCode(rawValue: code) == nil {
            let words = ReasonCode.allCases.map(\.rawValue)
            let hint = Spelling.nearest(to: code, in: words).map { " (did you mean '\($0)'?)" } ?? ""
            throw ValidationError(
                "--code: no reason is named '\(code)'\(hint); there are \(words.joined(separator: " "))")
        }
        for (name, time) in [("since", since), ("before", before)] {
            if let time, SinceTime.milliseconds(time, now: 0) == nil {
                throw ValidationError(
                    "--\(name) takes a time such as 2026-03-01T00:00:00Z or an age such as 2h, not '\(time)'")
            }
        }
    }

    /// Whether anything is asked at all.
    var isEmpty: Bool { [code, catalog, company, since, before, id].allSatisfy { $0 == nil } }

    var query: DeadLetterQuery {
        let now = WallClock.now()
        var query = DeadLetterQuery()
        query.code = code
        query.catalog = catalog
        query.companyId = company.map { ByteString($0) }
        query.since = since.flatMap { SinceTime.milliseconds($0, now: now) }
        query.before = before.flatMap { SinceTime.milliseconds($0, now: now) }
        query.id = id.map { ByteString($0) }
        return query
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
