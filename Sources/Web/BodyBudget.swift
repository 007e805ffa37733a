internal import Synchronization

/// Bytes of the bodies of requests that are not answered, bounded for each listener. Thread-safe.
final class BodyBudget: Sendable {
    private let most: Int
    private let taken = Mutex(0)

    init(most: Int) { self.most = most }

    /// False if the bytes do not fit now. A single body always fits, however large.
    func take(_ count: Int) -> Bool {
        taken.withLock { taken in
            guard count == 0 || taken == 0 || taken + count <= most else { return false }
            taken += count
            return true
        }
    }

    func giveBack(_ count: Int) { taken.withLock { $0 -= count } }
}
