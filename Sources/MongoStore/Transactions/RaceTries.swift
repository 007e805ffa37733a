/// Retry limit and backoff of a batch after lost races. Pure.
package struct RaceTries: Sendable {
    /// Maximum number of runs, including the first.
    package static let limit = 12
    package static let firstPause = Duration.milliseconds(2)
    package static let longestPause = Duration.milliseconds(250)

    private var run = 1

    package init() {}

    /// The delay before the next run, or nil if there were enough. Doubles each time, with full jitter, so that two
    /// conflicting batches do not meet again. `chance`: 0…1.
    package mutating func nextPause(chance: Double) -> Duration? {
        guard run < Self.limit else { return nil }
        let full = min(Self.firstPause * (1 << (run - 1)), Self.longestPause)
        run += 1
        return full * (0.25 + 0.75 * chance)
    }
}
