internal import Pipeline

/// One call of `publish` while the publisher's thread works on it: what is sent, and what became of each posting.
final class PublishCall {
    let postings: [Posting]
    let began: ContinuousClock.Instant
    /// The next posting to send.
    private(set) var next = 0
    /// A posting's fate could not be learnt: none after it may be sent any more, or order would be lost on a repeat.
    private var hasGap = false

    private var results: [PostingResult?]
    private var missing: Int
    private let answer: ([PostingResult]) -> Void

    init(_ postings: [Posting], began: ContinuousClock.Instant, answer: @escaping ([PostingResult]) -> Void) {
        self.postings = postings
        self.began = began
        self.answer = answer
        results = Array(repeating: nil, count: postings.count)
        missing = postings.count
    }

    var isAllSent: Bool { next == postings.count }

    func markSent() { next += 1 }

    /// The last one answers the call.
    func settle(_ index: Int, _ result: PostingResult) {
        guard results[index] == nil else { return }
        results[index] = result
        missing -= 1
        if missing == 0 { answer(results.compactMap { $0 }) }
    }

    func settleUnknown(_ index: Int, reason: String) {
        hasGap = true
        settle(index, .unknown(reason: reason))
    }

    /// The connection is gone. If anything of the call went down with it, the rest is not sent either.
    func connectionEnded(reason: String) {
        if hasGap { giveUp(reason: "not sent, because one before it may be lost: \(reason)") }
    }

    /// Nothing more of it is sent.
    func giveUp(reason: String) {
        while !isAllSent {
            next += 1
            settleUnknown(next - 1, reason: reason)
        }
    }
}
