/// Queries from the console to the gateway; each is answered with JSON text.
package enum ConsoleQuery: Sendable {
    /// `query`: parameters of the URL.
    case deadLetters(query: [String: String])
    case deadLetterGroups(query: [String: String])
    case deadLetter(id: String)
    /// Status of a dead letter's replay.
    case replayOfDeadLetter(id: String)
    /// Status of several replays. `query`: `ids`.
    case replays(query: [String: String])
    /// Complete dead letters, one JSON document per line.
    case deadLetterExport(query: [String: String])
    case postings(query: [String: String])
    /// `query`: `topic`, `key`, `since`, `limit`.
    case pushes(query: [String: String])
    case push(id: String)
    case feeds
    case engines
    case catalogs
    /// A record of a catalog. `query`: its key fields, and `companyId`.
    case record(catalog: String, query: [String: String])
    case settings
    case mappings
    /// Explains a settled message of the live tail.
    case explainSettled(Int)
    /// Explains what would happen to a message. `query`: `route`, `messageId`.
    case explain([UInt8], query: [String: String])
}

/// Commands from the console to the gateway; each is answered with JSON text.
package enum ConsoleRequest: Sendable {
    case editDeadLetter(id: String, message: [UInt8])
    /// Validates an edited dead letter against its route; changes nothing.
    case checkDeadLetter(id: String, message: [UInt8])
    case replayDeadLetter(id: String)
    case discardDeadLetter(id: String, reason: String?)
    /// Replays the open dead letters that match, a limited number at a time; the answer has the remaining count and a
    /// cursor.
    case replayDeadLetters(query: [String: String])
    case discardDeadLetters(query: [String: String], reason: String?)
    case retryPosting(id: String)
    case discardPosting(id: String)
    case runFeed(String)
    case pauseFeed(String)
    case resumeFeed(String)
    /// `to`: where to restart; nil: from the beginning.
    case rewindFeed(String, to: String?)
    case set(key: String, value: String)
    case unset(key: String)
}

/// The gateway's side of the console API. The closures may take as long as the store, and are called from any thread.
package struct ConsoleBackend: Sendable {
    package var answer: @Sendable (ConsoleQuery) async throws(ConsoleProblem) -> String
    /// `who`: for the audit log.
    package var carryOut: @Sendable (_ order: ConsoleRequest, _ who: String) async throws(ConsoleProblem) -> String

    package init(
        answer: @escaping @Sendable (ConsoleQuery) async throws(ConsoleProblem) -> String,
        carryOut: @escaping @Sendable (_ order: ConsoleRequest, _ who: String) async throws(ConsoleProblem) -> String
    ) {
        self.answer = answer
        self.carryOut = carryOut
    }
}
