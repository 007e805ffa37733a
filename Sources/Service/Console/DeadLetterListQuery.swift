internal import Console
internal import Contracts
internal import Ingest
internal import JSON
internal import MongoStore
internal import Operations

/// Parses a URL's query as a filter of dead letters, with the names of `gateway dead-letters`' options.
struct DeadLetterListQuery {
    let query: DeadLetterQuery
    /// Whether no condition is given.
    let isEmpty: Bool
    private let texts: [String: String]

    private static let names = DeadLetterCriteria.names + ["state", "limit", "cursor", "all", "expected"]

    /// Throws for an unknown name or an invalid value.
    init(_ given: [String: String], keyFields: [String]) throws(ConsoleProblem) {
        // Forms also send empty fields.
        texts = given.filter { !$0.value.isEmpty }
        for name in texts.keys where !Self.names.contains(name) {
            let hint = Spelling.nearest(to: name, in: Self.names).map { "did you mean '\($0)'? " } ?? ""
            throw .invalid(
                "'\(name)' is unknown here", remedy: "\(hint)there are \(Self.names.joined(separator: ", "))")
        }
        let terms = DeadLetterCriteria(
            code: texts["code"], catalog: texts["catalog"], company: texts["company"], since: texts["since"],
            before: texts["before"], id: texts["id"], text: texts["text"])
        isEmpty = terms.isEmpty
        var query: DeadLetterQuery
        do throws(DeadLetterCriteria.Mistake) {
            query = try terms.query(now: WallClock.now(), keyFields: keyFields)
        } catch {
            throw .invalid("'\(error.name)': \(error.message)", remedy: error.remedy)
        }
        if let word = texts["state"] {
            guard let state = DeadLetterState(rawValue: word) else {
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
