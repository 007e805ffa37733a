internal import Console
internal import Documents
internal import MongoStore
internal import Pipeline

/// Which dead letters an address asks for: the names behind its `?`, read as `gateway dead-letters` reads its options.
struct LetterQuery {
    let query: DeadLetterQuery
    private let texts: [String: String]

    /// Throws for a name that is unknown or a value that is none.
    init(_ given: [String: String]) throws(ConsoleProblem) {
        // A form sends what nobody has filled in as well.
        texts = given.filter { !$0.value.isEmpty }
        for name in texts.keys where !Self.names.contains(name) {
            let hint = Spelling.nearest(to: name, in: Self.names).map { "did you mean '\($0)'? " } ?? ""
            throw .invalid(
                "'\(name)' is unknown here", remedy: "\(hint)there are \(Self.names.joined(separator: ", "))")
        }
        var query = DeadLetterQuery()
        if let code = texts["code"] {
            guard ReasonCode(rawValue: code) != nil else {
                let words = ReasonCode.allCases.map(\.rawValue)
                let hint = Spelling.nearest(to: code, in: words).map { "did you mean '\($0)'? " } ?? ""
                throw .invalid(
                    "no reason is named '\(code)'", remedy: hint + "there are \(words.joined(separator: " "))")
            }
            query.code = code
        }
        query.catalog = texts["catalog"]
        query.companyId = texts["company"].map { ByteString($0) }
        query.since = try Self.time("since", texts["since"])
        query.before = try Self.time("before", texts["before"])
        query.id = texts["id"].map { ByteString($0) }
        if let word = texts["state"] {
            guard let state = DeadLetterQuery.State(rawValue: word) else {
                throw .invalid("no state is named '\(word)'", remedy: "there are open, replayed and discarded")
            }
            query.states = [state]
        }
        self.query = query
    }

    private static let names = [
        "code", "catalog", "company", "since", "before", "id", "state", "limit", "cursor", "all",
    ]

    /// Whether it asks for no letters in particular.
    var isEmpty: Bool { ["code", "catalog", "company", "since", "before", "id"].allSatisfy { texts[$0] == nil } }

    func number(_ name: String, _ range: ClosedRange<Int>) throws(ConsoleProblem) -> Int? {
        guard let text = texts[name] else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw .invalid(
                "'\(name)' is '\(text)'", remedy: "give a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private static func time(_ name: String, _ text: String?) throws(ConsoleProblem) -> Int64? {
        guard let text else { return nil }
        guard let time = SinceTime.milliseconds(text, now: WallClock.now()) else {
            throw .invalid(
                "'\(name)' is '\(text)'", remedy: "give a time such as 2026-03-01T00:00:00Z or an age such as 2h")
        }
        return time
    }
}
