internal import BSON

/// How this instance's own heartbeats have gone, which decides whether it may take others for dead by theirs. Pure.
///
/// What blocks our heartbeats may block those of others too: then their silence proves nothing. So a judge must have sent its own
/// successfully, consecutively and to the same primary, for as long as the silence that counts. A new primary may have
/// missed everybody's last heartbeat; live instances have sent it another one by then.
package struct HeartbeatRecord: Sendable {
    private let deadAfter: Duration
    private var since: ContinuousClock.Instant?
    private var last: ContinuousClock.Instant?
    private var election: [UInt8]?

    package init(deadAfter: Duration) { self.deadAfter = deadAfter }

    /// `began`: when it was sent. `election`: of the primary that accepted it; nil if unknown.
    package mutating func succeeded(
        from began: ContinuousClock.Instant, to now: ContinuousClock.Instant, election: [UInt8]?
    ) {
        let isSlow = began.duration(to: now) > deadAfter / 2
        let isLate = last.map { $0.duration(to: now) > deadAfter } ?? true
        if since == nil || isSlow || isLate || election != self.election { since = now }
        self.election = election
        last = now
    }

    package mutating func failed() { since = nil }

    package func mayJudge(at now: ContinuousClock.Instant) -> Bool {
        since.map { $0.duration(to: now) >= deadAfter } ?? false
    }
}
