internal import Console
internal import Synchronization

/// Current warnings: failed reloads, changes that require a restart. Reported by `/readyz` besides the parts.
/// Thread-safe.
final class Warnings: Sendable {
    /// Maximum number of warnings.
    private static let maximum = 20

    private let list = Mutex<[Readiness.Warning]>([])

    var all: [Readiness.Warning] { list.withLock { $0 } }

    /// Replaces all warnings; existing ones keep their time.
    func replace(with details: [String], now: Int64) {
        list.withLock { list in
            let old = Dictionary(list.map { ($0.detail, $0) }) { first, _ in first }
            list = details.prefix(Self.maximum).map { detail in
                old[detail] ?? Readiness.Warning(name: "configuration", since: now, detail: detail)
            }
        }
    }
}
