/// Fields of a feed's row in `gateway.feeds` that its leaseholder sets. What is nil stays as it is.
package struct FeedNote: Sendable {
    package var mark: FeedCheckpoint?
    package var resumeToken: [UInt8]?
    /// A run was interrupted: the next leaseholder must resume it at once.
    package var isIncomplete: Bool?
    package var running: FeedRun?
    package var lastRun: FeedRun?
    package var state: FeedStatus.State?
    /// Milliseconds since 1970; `.some(nil)`: no next run.
    package var nextRunAt: Int64??
    /// Description of the row, set once. Distinguishes feeds from other leases.
    package var identity: FeedRow.Identity?
    /// Time of the rewind command that was carried out. Clears the mark unless one is set.
    package var rewoundAt: Int64?

    package init() {}
}

/// The result of a run.
package struct FeedRun: Sendable, Equatable {
    /// Start, in milliseconds since 1970.
    package var at: Int64
    /// Documents read, without already published ones.
    package var documents = 0
    package var confirmed = 0
    /// Postings written to the outbox as failed.
    package var failed = 0
    /// Documents excluded by the feed's `when`.
    package var skipped = 0
    package var milliseconds: Int64 = 0
    /// A problem for people; nil if none.
    package var error: String?
    /// Time of the last run command that this run answers.
    package var request: Int64?

    package init(at: Int64) { self.at = at }
}
