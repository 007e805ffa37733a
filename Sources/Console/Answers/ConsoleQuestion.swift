/// What the console wants to know of the gateway; each is answered with JSON text.
package enum ConsoleQuestion: Sendable {
    /// `query`: as in the address, by name.
    case deadLetters(query: [String: String])
    case deadLetterGroups(query: [String: String])
    case deadLetter(id: String)
    /// What has come of a letter that was sent again.
    case replayOfDeadLetter(id: String)
    /// The letters' documents whole, a line each.
    case deadLetterExport(query: [String: String])
    case postings(query: [String: String])
    case feeds
    case engines
    case catalogs
    /// The record of a catalog whose key's fields `query` gives, and `companyId`.
    case record(catalog: String, query: [String: String])
    case settings
    case mappings
    /// One of the tail's messages on its whole way.
    case explainSettled(Int)
    /// The way that a message would take. `query`: `route`, `messageId`.
    case explain([UInt8], query: [String: String])
}

/// What an operator wants done; the answer is JSON text.
package enum ConsoleOrder: Sendable {
    case editDeadLetter(id: String, message: [UInt8])
    /// What the letter's route says of the message; changes nothing.
    case checkDeadLetter(id: String, message: [UInt8])
    case replayDeadLetter(id: String)
    case discardDeadLetter(id: String, reason: String?)
    /// All that are open and match, so many at a time; the answer tells how many are left, and where to go on.
    case replayDeadLetters(query: [String: String])
    case discardDeadLetters(query: [String: String], reason: String?)
    case retryPosting(id: String)
    case discardPosting(id: String)
    case runFeed(String)
    case pauseFeed(String)
    case resumeFeed(String)
    /// `to`: where it begins again; nil: from the beginning.
    case rewindFeed(String, to: String?)
    case set(key: String, value: String)
    case unset(key: String)
}

/// The gateway, as the console sees it. Its closures may take as long as the store does, and are called from any thread.
package struct ConsoleBack: Sendable {
    package var answer: @Sendable (ConsoleQuestion) async throws(ConsoleProblem) -> String
    /// `who`: for the audit.
    package var carryOut: @Sendable (_ order: ConsoleOrder, _ who: String) async throws(ConsoleProblem) -> String

    package init(
        answer: @escaping @Sendable (ConsoleQuestion) async throws(ConsoleProblem) -> String,
        carryOut: @escaping @Sendable (_ order: ConsoleOrder, _ who: String) async throws(ConsoleProblem) -> String
    ) {
        self.answer = answer
        self.carryOut = carryOut
    }
}
