internal import Console
internal import Synchronization

/// What a person should do something about though the gateway works: what was not reloaded, what waits for a restart. Told
/// at `/readyz` beside the parts. From any thread.
final class Warnings: Sendable {
    /// As many as a person reads.
    private static let maximum = 20

    private let list = Mutex<[Readiness.Warning]>([])

    var all: [Readiness.Warning] { list.withLock { $0 } }

    /// These, and no others, are to be told; one that was there keeps its time.
    func replace(with details: [String], now: Int64) {
        list.withLock { list in
            let old = Dictionary(list.map { ($0.detail, $0) }) { first, _ in first }
            list = details.prefix(Self.maximum).map { detail in
                old[detail] ?? Readiness.Warning(name: "configuration", since: now, detail: detail)
            }
        }
    }
}
