internal import Console
internal import Contracts
internal import JSON
internal import MongoStore
internal import Operations

/// Feeds, as in `gateway feeds`.
extension ConsoleResponder {
    package func feeds() async throws -> String {
        let reader = try reader()
        let rows = try await FeedTable.rows(reader)
        let failures = try await FeedTable.failures(rows, reader)
        let now = WallClock.now()
        let off = board.configuration.publishing?.off ?? []
        var object = JSONObjectText()
        object.add(
            "feeds",
            objects: rows.filter { row in !off.contains { $0.name == row.name } }.map {
                FeedText(row: $0, failed: failures[$0.name] ?? 0, now: now).json
            } + off.map { $0.json(failed: failures[$0.name] ?? 0) })
        return object.text
    }

    package func runFeed(_ name: String, by who: String) async throws -> String {
        try await give(name, by: who) { _ = try await $0.run(name) }
    }

    package func pauseFeed(_ name: String, _ isPaused: Bool, by who: String) async throws -> String {
        try await give(name, by: who) { _ = try await $0.pause(name, isPaused) }
    }

    package func rewindFeed(_ name: String, _ to: String?, by who: String) async throws -> String {
        let to = to.flatMap { $0.isEmpty ? nil : $0 }
        return try await give(name, by: who) { try await $0.rewind(name, to: to) }
    }

    private func give(
        _ name: String, by who: String, _ body: (FeedService) async throws -> Void
    ) async throws -> String {
        if let off = board.configuration.publishing?.off.first(where: { $0.name == name }) {
            throw ConsoleProblem.conflict("feed '\(name)' is off: \(off.words)", remedy: "set it first")
        }
        do {
            try await body(FeedService(try reader(), by: who))
        } catch let refusal as FeedService.Refusal {
            throw Self.problem(refusal, name)
        }
        var object = JSONObjectText()
        object.add("feed", name)
        return object.text
    }

    private static func problem(_ refusal: FeedService.Refusal, _ name: String) -> ConsoleProblem {
        switch refusal {
        case .missing(let words): .notFound(words, remedy: "the list shows those there are")
        case .paused: .conflict("'\(name)' is paused", remedy: "resume it first")
        case .publishesAll:
            .invalid("'\(name)' publishes all documents at every run", remedy: "let it run now instead")
        case .value(let words): .invalid("'to': \(words)", remedy: "or leave it out, to begin from the beginning")
        }
    }
}

extension PublishingConfiguration.FeedOff {
    /// As a row of the list of feeds.
    fileprivate func json(failed: Int) -> String {
        var object = JSONObjectText()
        object.add("feed", name)
        for name in ["collection", "goesBy", "progressKind"] { object.add(name, raw: "null") }
        object.add("shared", false)
        object.add("state", "disabled")
        object.add("reason", words)
        object.add("gateway", raw: "null")
        object.add("failed", failed)
        for name in ["progress", "lastRun", "nextRunAt"] { object.add(name, raw: "null") }
        return object.text
    }
}
