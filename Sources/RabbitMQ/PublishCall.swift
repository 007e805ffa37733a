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
    private let order: PublisherMailbox.Order

    init(_ order: PublisherMailbox.Order, began: ContinuousClock.Instant, answer: @escaping ([PostingResult]) -> Void) {
        self.order = order
        postings = order.postings
        self.began = began
        self.answer = answer
        results = Array(repeating: nil, count: order.postings.count)
        missing = order.postings.count
    }

    var isAllSent: Bool { next == postings.count }
    /// Nobody waits for the answer any more.
    var isWithdrawn: Bool { order.isWithdrawn }
    /// Whether the next one may be sent, as far as those go who have asked for it.
    var mayGoOn: Bool { !order.isWithdrawn && order.mayPublish() }

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

    /// Answers at once: what is not known by now never will be.
    func withdraw() {
        next = postings.count
        for index in results.indices where results[index] == nil {
            settleUnknown(index, reason: "given up before the broker had confirmed it")
        }
    }

    /// Nothing more of it is sent.
    func giveUp(reason: String) {
        while !isAllSent {
            next += 1
            settleUnknown(next - 1, reason: reason)
        }
    }
}
