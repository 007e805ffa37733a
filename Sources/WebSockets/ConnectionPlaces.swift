internal import Synchronization

/// Places of open connections, which several listeners may share. Thread-safe.
package final class ConnectionPlaces: Sendable {
    enum Place: Equatable {
        case free
        /// None is left; there is room to say so.
        case refused
        /// Not even that.
        case cut
    }

    /// Connections beyond ``most`` that are answered 503.
    private static let mostRefused = 100

    package let most: Int
    private let taken = Mutex(0)

    package init(most: Int) { self.most = most }

    /// Must be given back, unless it is ``Place/cut``.
    func take() -> Place {
        taken.withLock { taken in
            guard taken - most < Self.mostRefused else { return .cut }
            taken += 1
            return taken <= most ? .free : .refused
        }
    }

    func giveBack() { taken.withLock { $0 -= 1 } }
}
