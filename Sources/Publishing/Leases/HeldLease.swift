internal import BSON
package import Contracts
internal import Synchronization

/// A lease as those see it who work in its name: whether it still is ours. From any thread.
package final class HeldLease: Sendable {
    private let state: Mutex<(lease: Lease, isLost: Bool)>
    /// Rung when the row was read again, and when the lease is lost.
    package let news = Signal()
    private let uptime: @Sendable () -> ContinuousClock.Instant

    /// `uptime`: the process's own clock, by which ``Lease/until`` is measured.
    init(_ lease: Lease, uptime: @escaping @Sendable () -> ContinuousClock.Instant) {
        state = Mutex((lease, false))
        self.uptime = uptime
    }

    /// As it was read last.
    package var lease: Lease { state.withLock { $0.lease } }

    /// Whether it is ours for certain. False in a process that slept too long, before it hears of it.
    package var isValid: Bool {
        let time = uptime()
        return state.withLock { !$0.isLost && time < $0.lease.until }
    }

    func update(_ lease: Lease) {
        let isNew = state.withLock { state in
            defer { state.lease = lease }
            return state.lease.row != lease.row
        }
        if isNew { news.ring() }
    }

    /// The store has answered that another gateway holds it.
    package func lose() {
        state.withLock { $0.isLost = true }
        news.ring()
    }
}
