internal import Settings
internal import BSON
internal import Console
internal import Contracts
internal import DryRun
internal import Ingest
internal import JSON
internal import Mappings
internal import MongoStore
internal import Operations

/// Dead letters, as in `gateway dead-letters`.
extension ConsoleResponder {
    private static let mostRows = 500
    private static let mostGroups = 500
    /// Maximum dead letters per request; the page repeats the request for the rest.
    private static let atOnce = 200
    private static let mostExported = 10_000
    private static let mostExportedBytes = 64 << 20

    package func deadLetters(_ texts: [String: String]) async throws -> String {
        let query = try letterQuery(texts)
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

    package func deadLetterGroups(_ texts: [String: String]) async throws -> String {
        var query = try letterQuery(texts).query
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
        object.add("count", try await reader().countDeadLetters(query))
        // An age as a time, so that a command on the groups means the same letters a while later.
        object.add("since", query.since.map { WallClock.text(milliseconds: $0) })
        object.add("before", query.before.map { WallClock.text(milliseconds: $0) })
        return object.text
    }

    package func deadLetter(_ id: String) async throws -> String {
        let service = try letters()
        let key = ByteString(id)
        guard let letter = try await service.letter(key) else { throw Self.problem(.missing, key) }
        let row = try await service.reader.deadLetterHead(key)
        guard !row.isEmpty else { throw Self.problem(.missing, key) }
        let view = row.withDocument(0) { DeadLetterView(document: $0) }
        return view.text(message: try await service.body(of: letter), received: letter.received)
    }

    package func export(_ texts: [String: String]) async throws -> String {
        let query = try letterQuery(texts).query
        let service = try letters()
        let rows = try await service.reader.deadLetterRows(query, skip: 0, limit: Self.mostExported + 1)
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
            let letter = try await service.reader.deadLetter(id)
            if letter.isEmpty { continue }
            lines += letter.withDocument(0) { BSONText.text(document: $0) } + "\n"
            if lines.utf8.count > Self.mostExportedBytes { throw tooMuch() }
        }
        return lines
    }

    // MARK: Orders

    package func edit(_ id: String, _ message: [UInt8], by who: String) async throws -> String {
        do throws(JSONSyntaxError) {
            _ = try JSONParser().parse(message)
        } catch {
            throw ConsoleProblem.invalid("not saved, it is not JSON: \(error)", remedy: "fix the message at that place")
        }
        return try await done(.edit(message), id, by: who)
    }

    package func replay(_ id: String, by who: String) async throws -> String {
        let key = ByteString(id)
        return try Self.text(try await letters().replay(key, by: who), key)
    }

    package func discard(_ id: String, _ reason: String?, by who: String) async throws -> String {
        try await done(.discard(reason: reason), id, by: who)
    }

    /// What has come of letters that were sent again. `query`: their ids, separated by commas.
    package func fates(_ query: [String: String]) async throws -> String {
        let ids = (query["ids"] ?? "").split(separator: ",").map(String.init)
        if let unknown = query.keys.filter({ $0 != "ids" }).min() {
            throw ConsoleProblem.invalid("'\(unknown.prefix(80))' is unknown here", remedy: "there is ids")
        }
        guard (1...Self.atOnce).contains(ids.count) else {
            throw ConsoleProblem.invalid(
                ids.isEmpty ? "nothing says which letters are meant" : "\(ids.count) ids are given",
                remedy: "give ids, up to \(Self.atOnce), separated by commas")
        }
        let fates = try await letters().fates(of: ids.map { ByteString($0) })
        var object = JSONObjectText()
        object.add(
            "replays",
            objects: zip(ids, fates).map { id, fate in
                var own = JSONObjectText()
                own.add("id", id)
                own.add("state", fate.word)
                if case .failed(let letter) = fate {
                    own.add("letter", raw: letter.withDocument(0) { BSONText.text(document: $0) })
                }
                return own.text
            })
        return object.text
    }

    /// What has come of a letter that was sent again.
    package func fate(of id: String) async throws -> String {
        let key = ByteString(id)
        guard let fate = try await letters().fate(of: key) else { throw Self.problem(.missing, key) }
        var object = JSONObjectText()
        object.add("id", id)
        object.add("state", fate.word)
        if case .failed(let letter) = fate {
            object.add("letter", raw: letter.withDocument(0) { BSONText.text(document: $0) })
        }
        return object.text
    }

    /// What the dead letter's route says of a message that might take its place.
    package func check(_ id: String, _ message: [UInt8]) async throws -> String {
        let key = ByteString(id)
        guard let letter = try await letters().letter(key) else { throw Self.problem(.missing, key) }
        let now = board.configuration
        guard let mapping = now.mappings.first(where: { $0.name == letter.route }) else {
            throw ConsoleProblem.conflict(
                "no route is named '\(letter.route)' any more, so nothing can be said of the message",
                remedy: "add the route to the mappings again, or discard the dead letter")
        }
        let dryRun = RouteDryRun(
            mapping, catalogs: catalogs.current, now: WallClock.now(),
            companies: now.settings[.companiesAllowed], limits: now.settings.limits)
        return DeadLetterCheck(message, of: letter, on: dryRun).text
    }

    /// Handles the open dead letters that match, the oldest first, at most `limit` of them. Answers which were
    /// handled, how many are left, and where to go on. Refused where not as many match as are expected.
    package func forAll(
        _ texts: [String: String],
        _ body: (DeadLetterService, ByteString) async throws(StoreError) -> DeadLetterRequest.Outcome
    ) async throws -> String {
        let asked = try letterQuery(texts)
        if asked.isEmpty, asked.text("all") != "true" {
            throw ConsoleProblem.invalid(
                "nothing says which letters are meant",
                remedy: "give \(DeadLetterCriteria.names.joined(separator: ", ")), or all=true")
        }
        if let state = asked.text("state"), state != DeadLetterState.open.rawValue {
            throw ConsoleProblem.invalid(
                "only open dead letters are replayed or discarded, not those that are \(state)",
                remedy: "leave 'state' out, or give open")
        }
        let limit = try asked.number("limit", 1...Self.atOnce) ?? Self.atOnce
        let expected = try asked.number("expected", 0...Int.max)
        var query = asked.query
        // Excludes later dead letters: they may be those just replayed, failed again.
        var cursor =
            try asked.text("cursor").map { text throws(ConsoleProblem) in try DeadLetterCursor(text) }
            ?? DeadLetterCursor(before: min(query.before ?? .max, WallClock.now()))
        query.states = [.open]
        query.before = min(query.before ?? .max, cursor.before)
        query.behind = cursor.place
        let service = try letters()
        if let expected {
            let found = try await service.reader.countDeadLetters(query)
            guard found == expected else {
                throw ConsoleProblem.conflict(
                    "nothing was done: \(found) open dead letters match, and not \(expected)",
                    remedy: "load the list again, and confirm the new number")
            }
        }
        var (handled, failures): ([String], [String]) = ([], [])
        var last: String?
        for place in try await service.reader.deadLetterPlaces(query, limit: limit) {
            let outcome = try await body(service, place.id)
            if let problem = outcome.problem(place.id) {
                failures.append(problem)
            } else {
                handled.append("\(place.id)")
                last = try Self.text(outcome, place.id)
            }
            cursor = DeadLetterCursor(before: cursor.before, place: place)
        }
        query.behind = cursor.place
        let left = try await service.reader.countDeadLetters(query)
        var object = JSONObjectText()
        object.add("done", handled.count)
        object.add("failed", failures.count)
        object.add("firstFailure", failures.first)
        object.add("left", left)
        object.add("cursor", left > 0 ? cursor.text : nil)
        object.add("last", raw: last ?? "null")
        object.add("ids", objects: handled.map(JSONText.quoted))
        return object.text
    }

    private func letterQuery(_ texts: [String: String]) throws(ConsoleProblem) -> DeadLetterListQuery {
        try DeadLetterListQuery(texts, keyFields: catalogs.current.keyFields)
    }

    private func done(_ action: DeadLetterRequest.Action, _ id: String, by who: String) async throws -> String {
        let key = ByteString(id)
        return try Self.text(try await letters().perform(action, on: key, by: who), key)
    }

    private static func text(_ outcome: DeadLetterRequest.Outcome, _ id: ByteString) throws(ConsoleProblem) -> String {
        guard case .done(let messageId) = outcome else { throw problem(outcome, id) }
        var object = JSONObjectText()
        object.add("id", "\(id)")
        object.add("messageId", messageId.map { "\($0)" })
        return object.text
    }

    private static func problem(_ outcome: DeadLetterRequest.Outcome, _ id: ByteString) -> ConsoleProblem {
        let words = outcome.problem(id) ?? ""
        return switch outcome {
        case .missing: .notFound("there is no dead letter '\(id)'", remedy: "the list shows those there are")
        case .notOpen: .conflict(words, remedy: "somebody was faster; load the list again")
        case .notFromQueue: .conflict(words, remedy: "discard it here when its message has gone another way")
        case .incomplete: .conflict(words, remedy: "edit it here: what you save takes the place of what is left of it")
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
