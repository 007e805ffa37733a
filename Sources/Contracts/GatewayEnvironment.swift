internal import BSON

/// Time and chance, given from outside so that tests can hold them.
package struct GatewayEnvironment: Sendable {
    /// Milliseconds since 1970.
    package var now: @Sendable () -> Int64
    /// A number never given before.
    package var seed: @Sendable () -> UInt64
    /// Throws when the task is cancelled.
    package var sleep: @Sendable (Duration) async throws -> Void
    /// A monotonic clock.
    package var uptime: @Sendable () -> ContinuousClock.Instant
    /// A random number from 0 up to 1.
    package var chance: @Sendable () -> Double
    /// Runs something to its end, also where the task that waits for it is cancelled.
    package var uncancelled: @Sendable (_ body: @escaping @Sendable () async -> Void) async -> Void
    /// The place of a batch's postings, greater than any before in this process.
    package var stamp: @Sendable () -> PostingStamp

    /// `clock`: that of the process; without one, one of this environment alone.
    package init(
        now: @escaping @Sendable () -> Int64, seed: @escaping @Sendable () -> UInt64,
        sleep: @escaping @Sendable (Duration) async throws -> Void, clock: PostingClock? = nil,
        uptime: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        chance: @escaping @Sendable () -> Double = { .random(in: 0..<1) },
        uncancelled: @escaping @Sendable (_ body: @escaping @Sendable () async -> Void) async -> Void = { body in
            await Task { await body() }.value
        }
    ) {
        self.now = now
        self.seed = seed
        self.sleep = sleep
        self.uptime = uptime
        self.chance = chance
        self.uncancelled = uncancelled
        let clock = clock ?? PostingClock(now: now)
        stamp = { clock.next() }
    }
}
