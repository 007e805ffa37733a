internal import Documents
internal import MongoStore
internal import Pipeline

/// Which dead letters, as somebody has written it: in the options of a command, or behind an address's `?`.
struct LetterTerms {
    struct Mistake: Error {
        /// What is wrong, by the name of the option.
        let name: String
        let message: String
        let remedy: String
    }

    /// The options, by name.
    static let names = ["code", "catalog", "company", "since", "before", "id", "text"]

    /// What stands for letters that name no catalog.
    static let noCatalog = "-"

    private static let longestText = 200

    var code: String?
    var catalog: String?
    var company: String?
    var since: String?
    var before: String?
    var id: String?
    var text: String?

    /// Whether nothing is asked at all.
    var isEmpty: Bool { [code, catalog, company, since, before, id, text].allSatisfy { $0 == nil } }

    /// `now`: milliseconds since 1970, from which ages count. `keyFields`: the names of fields that are keys in some catalog.
    func query(now: Int64, keyFields: [String]) throws(Mistake) -> DeadLetterQuery {
        var query = DeadLetterQuery()
        if let code {
            guard ReasonCode(rawValue: code) != nil else {
                let words = ReasonCode.allCases.map(\.rawValue)
                let hint = Spelling.nearest(to: code, in: words).map { "did you mean '\($0)'? " } ?? ""
                throw Mistake(
                    name: "code", message: "no reason is named '\(code)'",
                    remedy: hint + "there are \(words.joined(separator: " "))")
            }
            query.code = code
        }
        query.catalog = catalog.map { $0 == Self.noCatalog ? .none : .named($0) }
        query.companyId = company.map { ByteString($0) }
        query.since = try Self.time("since", since, now)
        query.before = try Self.time("before", before, now)
        query.id = id.map { ByteString($0) }
        if let text {
            guard text.unicodeScalars.count <= Self.longestText, !text.utf8.contains(0) else {
                throw Mistake(
                    name: "text", message: "the words to search for are no search",
                    remedy: "give up to \(Self.longestText) characters, none of them NUL")
            }
            query.text = DeadLetterQuery.Text(text, keyFields: keyFields)
        }
        return query
    }

    private static func time(_ name: String, _ text: String?, _ now: Int64) throws(Mistake) -> Int64? {
        guard let text else { return nil }
        if let time = SinceTime.milliseconds(text, now: now) { return time }
        throw Mistake(
            name: name, message: "'\(text)' is no time",
            remedy: "give a time such as 2026-03-01T00:00:00Z or an age such as 2h")
    }
}
