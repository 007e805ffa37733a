package import Contracts

/// All that a feed's running depends on beside its renderer.
package struct FeedConfiguration: Sendable {
    package var plan: FeedPlan
    /// Where all its postings go.
    package var target: PostingTarget
    package var headers: [MessageProperties.Header]
    /// The AMQP type of its postings.
    package var type: String
    /// The first time of a run behind a time, both in milliseconds since 1970; nil: there is no schedule.
    package var nextRun: @Sendable (Int64) -> Int64?
    /// Bytes of a message; a larger one is recorded, and not sent.
    package var largestBody = 128 << 20
    /// Called at the steps of each batch, on any thread.
    package var reached: @Sendable (FaultPoint) -> Void = { _ in }

    /// How long after they were read documents that several gateways share are ours for certain.
    static let claimCertainty = Duration.seconds(25)

    package init(
        plan: FeedPlan, target: PostingTarget, headers: [MessageProperties.Header] = [], type: String? = nil,
        nextRun: @escaping @Sendable (Int64) -> Int64? = { _ in nil }
    ) {
        self.plan = plan
        self.target = target
        self.headers = headers
        self.type = type ?? plan.name
        self.nextRun = nextRun
    }
}
