internal import Console
internal import Documents
internal import MongoStore
internal import Pipeline
internal import Records

/// Dead letters, as `gateway dead-letters` treats them.
extension ConsoleDesk {
    private static let mostRows = 500
    private static let mostGroups = 500
    /// Letters that one order treats; the page asks again for the rest.
    private static let atOnce = 200
    private static let mostExported = 10_000
    private static let mostExportedBytes = 64 << 20

    func deadLetters(_ texts: [String: String]) async throws -> String {
        let query = try LetterQuery(texts)
        let limit = try query.number("limit", 1...Self.mostRows) ?? 50
        let skip = try query.number("cursor", 0...1_000_000) ?? 0
        let found = try await reader().deadLetterRows(query.query, skip: skip, limit: limit + 1)
        let count = min(found.count, limit)
        var object = JSONObjectText()
        object.add(
            "deadLetters", objects: (0..<count).map { found.withDocument($0) { BSONText.text(document: $0) } })
        object.add("cursor", found.count > limit ? String(skip + limit) : nil)
        return object.text
    }

    func deadLetterGroups(_ texts: [String: String]) async throws -> String {
        var query = try LetterQuery(texts).query
        if texts["state"] == nil { query.states = [.open] }
        let groups = try await reader().deadLetterGroups(query, limit: Self.mostGroups)
        var object = JSONObjectText()
        object.add(
            "groups",
            objects: groups.map { group in
                var own = JSONObjectText()
                own.add("code", group.code)
                own.add("catalog", group.catalog)
                own.add("count", group.count)
                own.add("newest", group.newest.map { WallClock.text(milliseconds: $0) })
                return own.text
            })
        return object.text
    }

    func deadLetter(_ id: String) async throws -> String {
        let desk = try letters()
        let key = ByteString(id)
        guard let letter = try await desk.letter(key) else { throw Self.problem(.missing, key) }
        let row = try await desk.reader.deadLetterRows(.one(key), skip: 0, limit: 1)
        guard !row.isEmpty else { throw Self.problem(.missing, key) }
        let view = row.withDocument(0) { LetterView(document: $0) }
        return view.text(message: try await desk.body(of: letter))
    }

    func export(_ texts: [String: String]) async throws -> String {
        let query = try LetterQuery(texts).query
        let desk = try letters()
        let rows = try await desk.reader.deadLetterRows(query, skip: 0, limit: Self.mostExported + 1)
        func tooMuch() -> ConsoleProblem {
            ConsoleProblem(
                status: 413, code: "tooLarge", "these are more than \(Self.mostExported) letters or 64 MiB",
                remedy: "ask for fewer with since, before, code or catalog, or use 'gateway dead-letters export'")
        }
        guard rows.count <= Self.mostExported else { throw tooMuch() }
        var lines = ""
        for index in (0..<rows.count).reversed() {
            guard let id = rows.withDocument(index, { BSONElements($0).first(named: "_id")?.byteString }) else {
                continue
            }
            let letter = try await desk.reader.deadLetter(id)
            if letter.isEmpty { continue }
            lines += letter.withDocument(0) { BSONText.text(document: $0) } + "\n"
            if lines.utf8.count > Self.mostExportedBytes { throw tooMuch() }
        }
        return lines
    }

    // MARK: Orders

    func edit(_ id: String, _ message: [UInt8], by who: String) async throws -> String {
        do throws(JSONSyntaxError) {
            _ = try JSONParser().parse(message)
        } catch {
            throw ConsoleProblem.invalid("not saved, it is no JSON: \(error)", remedy: "mend the message at that place")
        }
        return try await done(.edit(message), id, by: who)
    }

    func replay(_ id: String, by who: String) async throws -> String {
        let key = ByteString(id)
        return try Self.text(try await letters().replay(key, by: who), key)
    }

    func discard(_ id: String, _ reason: String?, by who: String) async throws -> String {
        try await done(.discard(reason: reason), id, by: who)
    }

    /// The open letters that match, so many of them; told is how many were treated and how many are left.
    func forAll(
        _ texts: [String: String],
        _ body: (LetterDesk, ByteString) async throws(StoreError) -> LetterOrder.Outcome
    ) async throws -> String {
        let asked = try LetterQuery(texts)
        if asked.isEmpty, texts["all"] != "true" {
            throw ConsoleProblem.invalid(
                "nothing says which letters are meant",
                remedy: "give code, catalog, company, since or before, or all=true")
        }
        var query = asked.query
        query.states = [.open]
        let desk = try letters()
        var (count, failures): (Int, [String]) = (0, [])
        for id in try await desk.openIDs(query, limit: Self.atOnce) {
            if let problem = try await body(desk, id).problem(id) { failures.append(problem) } else { count += 1 }
        }
        var object = JSONObjectText()
        object.add("done", count)
        object.add("left", try await desk.reader.countDeadLetters(query))
        object.add("failed", failures.count)
        object.add("firstFailure", failures.first)
        return object.text
    }

    private func done(_ action: LetterOrder.Action, _ id: String, by who: String) async throws -> String {
        let key = ByteString(id)
        return try Self.text(try await letters().perform(action, on: key, by: who), key)
    }

    private static func text(_ outcome: LetterOrder.Outcome, _ id: ByteString) throws(ConsoleProblem) -> String {
        guard case .done(let messageId) = outcome else { throw problem(outcome, id) }
        var object = JSONObjectText()
        object.add("id", "\(id)")
        object.add("messageId", messageId.map { "\($0)" })
        return object.text
    }

    private static func problem(_ outcome: LetterOrder.Outcome, _ id: ByteString) -> ConsoleProblem {
        let words = outcome.problem(id) ?? ""
        return switch outcome {
        case .missing: .notFound("there is no dead letter '\(id)'", remedy: "the list shows those there are")
        case .notOpen: .conflict(words, remedy: "somebody was faster; load the list again")
        case .notFromQueue: .conflict(words, remedy: "discard it here when its message has gone another way")
        case .tooLarge, .done:
            ConsoleProblem(status: 413, code: "tooLarge", words, remedy: "use the command line for this one")
        }
    }
}

extension DeadLetterQuery {
    fileprivate static func one(_ id: ByteString) -> Self {
        var query = Self()
        query.id = id
        return query
    }
}
