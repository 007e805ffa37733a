internal import Contracts

/// A call of `publish` in progress: its postings and their results.
final class PublishCall {
    let postings: [Posting]
    let began: ContinuousClock.Instant
    /// Index of the next posting to send.
    private(set) var next = 0
    /// The fate of a posting is unknown: no later one may be sent, or a retry would break the order.
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
    /// The caller no longer waits.
    var isWithdrawn: Bool { order.isWithdrawn }
    /// Whether the next posting may be sent, as far as the caller is concerned.
    var mayGoOn: Bool { !order.isWithdrawn && order.mayPublish() }

    func markSent() { next += 1 }

    /// Sets a result; the last one completes the call.
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

    /// The connection was lost. If a posting was in flight, the rest is not sent either.
    func connectionEnded(reason: String) {
        if hasGap { giveUp(reason: "not sent, because one before it may be lost: \(reason)") }
    }

    /// Completes the call now: unknown results stay unknown.
    func withdraw() {
        next = postings.count
        for index in results.indices where results[index] == nil {
            settleUnknown(index, reason: "abandoned before the broker had confirmed it")
        }
    }

    /// Sends no more postings.
    func giveUp(reason: String) {
        while !isAllSent {
            next += 1
            settleUnknown(next - 1, reason: reason)
        }
    }
}
