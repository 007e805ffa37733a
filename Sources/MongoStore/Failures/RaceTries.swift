/// How often, and after which pauses, a batch that lost a race is run again. Pure.
package struct RaceTries: Sendable {
    /// Runs in all, the first one included.
    package static let limit = 12
    package static let firstPause = Duration.milliseconds(2)
    package static let longestPause = Duration.milliseconds(250)

    private var run = 1

    package init() {}

    /// The pause before the next run, or nil when there have been enough. Doubles each time, and is then cut at random,
    /// so that two who met do not meet again. `chance` lies in 0…1.
    package mutating func nextPause(chance: Double) -> Duration? {
        guard run < Self.limit else { return nil }
        let full = min(Self.firstPause * (1 << (run - 1)), Self.longestPause)
        run += 1
        return full * (0.25 + 0.75 * chance)
    }
}
