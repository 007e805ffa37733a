package import Schemas
internal import Ingest
internal import JSON
package import MongoStore

/// Criteria for dead letters as text: from the options of a command, or from the query of an address.
package struct DeadLetterCriteria {
    package struct Mistake: Error {
        /// What is wrong, by the name of the option.
        package let name: String
        package let message: String
        package let remedy: String
    }

    /// The options, by name.
    package static let names = ["code", "catalog", "company", "since", "before", "id", "text"]

    /// What stands for letters that name no catalog.
    package static let noCatalog = "-"

    private static let longestText = 200

    /// Of several, separated by commas, each must be that of a reason.
    package var code: String?
    package var catalog: String?
    package var company: String?
    package var since: String?
    package var before: String?
    package var id: String?
    package var text: String?

    package init(
        code: String? = nil, catalog: String? = nil, company: String? = nil, since: String? = nil,
        before: String? = nil, id: String? = nil, text: String? = nil
    ) {
        self.code = code
        self.catalog = catalog
        self.company = company
        self.since = since
        self.before = before
        self.id = id
        self.text = text
    }

    /// Whether nothing is asked at all.
    package var isEmpty: Bool { [code, catalog, company, since, before, id, text].allSatisfy { $0 == nil } }

    /// `now`: milliseconds since 1970, from which ages count. `keyFields`: the names of fields that are keys in some catalog.
    package func query(now: Int64, keyFields: [String]) throws(Mistake) -> DeadLetterQuery {
        var query = DeadLetterQuery()
        query.codes = code.map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) } ?? []
        for code in query.codes where ReasonCode(rawValue: code) == nil {
            let words = ReasonCode.allCases.map(\.rawValue)
            let hint = Spelling.nearest(to: code, in: words).map { "did you mean '\($0)'? " } ?? ""
            throw Mistake(
                name: "code", message: "no reason is named '\(code)'",
                remedy: hint
                    + "there are \(words.joined(separator: " ")); of several, separated by commas, each must be there")
        }
        query.catalog = catalog.map { $0 == Self.noCatalog ? .none : .named($0) }
        query.companyId = company.map { ByteString($0) }
        query.since = try Self.time("since", since, now)
        query.before = try Self.time("before", before, now)
        query.id = id.map { ByteString($0) }
        if let text {
            guard text.unicodeScalars.count <= Self.longestText, !text.utf8.contains(0) else {
                throw Mistake(
                    name: "text", message: "the text to search for is invalid",
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
            name: name, message: "'\(text)' is not a time",
            remedy: "give a time such as 2026-03-01T00:00:00Z or an age such as 2h")
    }
}

extension Catalogs {
    /// The names of fields that are keys in some catalog.
    package var keyFields: [String] { Set(all.flatMap(\.key)).sorted() }
}
