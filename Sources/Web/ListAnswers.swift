internal import Contracts

/// Answers with lists, by what was asked: a list that many ask for is written again only once its records have changed.
struct ListAnswers: Sendable {
    /// An answer, and its tag.
    struct Answer: Sendable {
        let answer: RequestAnswer
        let tag: RequestField
    }

    private struct Entry: Sendable {
        /// The records.
        let found: [UInt8]
        let answer: Answer

        var bytes: Int { found.count + answer.answer.body.count }
    }

    /// Bytes of all records and answers that are kept; more are forgotten, all at once.
    static let mostBytes = 8 << 20

    private var entries: [String: Entry] = [:]
    private var bytes = 0

    /// Nil if none is kept, or the records are others. `target`: path and query.
    func answer(to target: String, with found: [UInt8]) -> Answer? {
        guard let entry = entries[target], entry.found == found else { return nil }
        return entry.answer
    }

    mutating func keep(_ answer: Answer, to target: String, with found: [UInt8]) {
        let entry = Entry(found: found, answer: answer)
        if let old = entries.removeValue(forKey: target) { bytes -= old.bytes }
        guard entry.bytes <= Self.mostBytes else { return }
        if bytes + entry.bytes > Self.mostBytes { (entries, bytes) = ([:], 0) }
        entries[target] = entry
        bytes += entry.bytes
    }
}
