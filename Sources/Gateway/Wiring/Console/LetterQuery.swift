internal import Console
internal import Documents
internal import MongoStore

/// Which dead letters an address asks for: the names behind its `?`, read as `gateway dead-letters` reads its options.
struct LetterQuery {
    let query: DeadLetterQuery
    /// Whether it asks for no letters in particular.
    let isEmpty: Bool
    private let texts: [String: String]

    private static let names = LetterTerms.names + ["state", "limit", "cursor", "all"]

    /// Throws for a name that is unknown or a value that is none.
    init(_ given: [String: String], keyFields: [String]) throws(ConsoleProblem) {
        // A form sends what nobody has filled in as well.
        texts = given.filter { !$0.value.isEmpty }
        for name in texts.keys where !Self.names.contains(name) {
            let hint = Spelling.nearest(to: name, in: Self.names).map { "did you mean '\($0)'? " } ?? ""
            throw .invalid(
                "'\(name)' is unknown here", remedy: "\(hint)there are \(Self.names.joined(separator: ", "))")
        }
        let terms = LetterTerms(
            code: texts["code"], catalog: texts["catalog"], company: texts["company"], since: texts["since"],
            before: texts["before"], id: texts["id"], text: texts["text"])
        isEmpty = terms.isEmpty
        var query: DeadLetterQuery
        do throws(LetterTerms.Mistake) {
            query = try terms.query(now: WallClock.now(), keyFields: keyFields)
        } catch {
            throw .invalid("'\(error.name)': \(error.message)", remedy: error.remedy)
        }
        if let word = texts["state"] {
            guard let state = DeadLetterQuery.State(rawValue: word) else {
                throw .invalid("no state is named '\(word)'", remedy: "there are open, replayed and discarded")
            }
            query.states = [state]
        }
        self.query = query
    }

    func text(_ name: String) -> String? { texts[name] }

    func number(_ name: String, _ range: ClosedRange<Int>) throws(ConsoleProblem) -> Int? {
        guard let text = texts[name] else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw .invalid(
                "'\(name)' is '\(text)'", remedy: "give a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}
