package import Contracts
package import JSON
package import Mappings

/// Inputs of a plan, which has no clock and no randomness itself.
package struct PlanContext: Sendable {
    package let route: String
    /// Milliseconds since 1970.
    package let now: Int64
    /// A unique number, from which ids of dead letters are made.
    package let seed: UInt64
    /// The field that orders updates: an item older than its record changes nothing.
    package let versionField: ByteString?
    /// The queue of results, in addition to reply queues; nil: none.
    package let resultQueue: String?
    /// What requests are answered.
    package let answers: AnswerTable
    /// Of records that are made in the plan.
    package let limits: Limits
    /// Position of the batch's postings among others.
    package let stamp: PostingStamp

    /// `stamp`: the batch's, if it belongs to a lane.
    package init(
        route: String, now: Int64, seed: UInt64, versionField: ByteString? = nil, resultQueue: String? = nil,
        answers: AnswerTable = .usual, limits: Limits = Limits(), stamp: PostingStamp? = nil
    ) {
        self.route = route
        self.now = now
        self.seed = seed
        self.versionField = versionField
        self.resultQueue = resultQueue
        self.answers = answers
        self.limits = limits
        self.stamp = stamp ?? PostingStamp(milliseconds: now, seed: seed)
    }
}
