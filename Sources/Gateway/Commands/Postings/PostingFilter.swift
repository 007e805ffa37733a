internal import ArgumentParser
internal import BSON
internal import Contracts
internal import JSON
internal import Operations

/// Filter options for postings: all given conditions must hold.
struct PostingFilter: ParsableArguments {
    @Option(help: "Route or feed.")
    var name: String?

    @Option(help: "State: pending, failed or stuck.")
    var state: String?

    @Option(help: "What made it: route, feed, result or replay.")
    var origin: String?

    @Option(help: "Where it goes, as 'list' prints it, such as 'queue promo.limits'.")
    var to: String?

    @Option(help: "Id of a posting.")
    var id: String?

    @Option(
        help: ArgumentHelp(
            "Registered at or after: a time (2026-03-01T00:00:00Z, 2026-03-01) or an age (30m, 2h, 7d).",
            valueName: "time"))
    var since: String?

    @Option(help: ArgumentHelp("Registered before: a time, or an age.", valueName: "time"))
    var before: String?

    func validate() throws {
        if let state, PostingRow.State(rawValue: state) == nil {
            throw ValidationError("--state is pending, failed or stuck, not '\(state)'")
        }
        if let origin, PostingRow.Origin(rawValue: origin) == nil {
            throw ValidationError("--origin is route, feed, result or replay, not '\(origin)'")
        }
        for (option, text) in [("since", since), ("before", before)] {
            guard let text, SinceTime.milliseconds(text, now: 0) == nil else { continue }
            throw ValidationError(
                "--\(option): '\(text)' is not a time; give a time such as 2026-03-01T00:00:00Z or an age such as 2h")
        }
    }

    var isEmpty: Bool { [name, state, origin, to, id, since, before].allSatisfy { $0 == nil } }

    var query: BSONLiteral {
        let now = WallClock.now()
        let (from, end) = (
            since.flatMap { SinceTime.milliseconds($0, now: now) },
            before.flatMap { SinceTime.milliseconds($0, now: now) }
        )
        return [
            "_id": .ifThere(id) { .value($0) }, "name": .ifThere(name) { .value($0) },
            "state": .ifThere(state) { .value($0) }, "origin": .ifThere(origin) { .value($0) },
            "destination": .ifThere(to) { .value($0) },
            "registeredAt": from == nil && end == nil
                ? .absent : ["$gte": .ifThere(from) { .date($0) }, "$lt": .ifThere(end) { .date($0) }],
        ]
    }
}

/// Selects postings: by ids, by a filter, or all.
struct PostingSelection: ParsableArguments {
    @Argument(help: ArgumentHelp("Ids, as printed by 'list'.", valueName: "id"))
    var ids: [String] = []

    @OptionGroup var filter: PostingFilter

    @Flag(help: "All postings that wait.")
    var all = false

    func validate() throws {
        let ways = [!ids.isEmpty, !filter.isEmpty, all].count { $0 }
        guard ways == 1 else {
            throw ValidationError(
                ways == 0
                    ? "say which postings: their ids, a filter such as --state stuck, or --all"
                    : "ids, a filter and --all exclude each other; keep one")
        }
    }
}
