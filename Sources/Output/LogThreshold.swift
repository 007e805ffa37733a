package import Logging
internal import Synchronization

/// The least severe level that is logged: one for all the loggers of a process, changed while it runs.
package final class LogThreshold: Sendable {
    private let rank: Atomic<Int>

    package init(_ level: Logger.Level) { rank = Atomic(Self.rank(of: level)) }

    package var level: Logger.Level {
        get { Logger.Level.allCases[rank.load(ordering: .relaxed)] }
        set { rank.store(Self.rank(of: newValue), ordering: .relaxed) }
    }

    private static func rank(of level: Logger.Level) -> Int { Logger.Level.allCases.firstIndex(of: level) ?? 0 }
}
