internal import Synchronization

/// Bytes of bodies that are held for the connections of a listener, bounded. Thread-safe.
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

    /// Bytes that are given back when the last reference is gone.
    final class Share: Sendable {
        private let budget: BodyBudget
        private let count: Int

        fileprivate init(_ budget: BodyBudget, _ count: Int) {
            self.budget = budget
            self.count = count
        }

        deinit { budget.giveBack(count) }
    }

    /// Nil if the bytes do not fit now.
    func share(of count: Int) -> Share? { take(count) ? Share(self, count) : nil }
}
