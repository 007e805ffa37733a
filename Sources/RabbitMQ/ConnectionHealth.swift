internal import Glibc
internal import Synchronization

/// How a connection is doing, for `/readyz`, metrics and the banner.
package struct ConnectionHealth: Sendable, Equatable {
    package enum State: Sendable {
        /// Not needed: nothing was asked of it yet, or it was told to stop.
        case idle
        case up
        /// Not connected yet or any more, or blocked by the broker; it keeps trying.
        case down
    }

    package var state: State
    /// When this state began, in milliseconds since 1970.
    package var since: Int64
    /// Why, in words for a person.
    package var detail: String
    /// Where to, without the password.
    package var address: String
    /// How often the broker had given out one of the messages at hand before, where that is often; else 0.
    package var returns = 0

    package var isUp: Bool { state != .down }
}

/// The health of one connection: written by its thread, read from anywhere.
final class HealthRecord: Sendable {
    private let state: Mutex<ConnectionHealth>
    private let hasBeenUp = Atomic(false)

    init(address: BrokerAddress, _ state: ConnectionHealth.State, _ detail: String) {
        self.state = Mutex(
            ConnectionHealth(state: state, since: Self.now(), detail: detail, address: address.description))
    }

    var value: ConnectionHealth { state.withLock { $0 } }

    var hasNeverBeenUp: Bool { !hasBeenUp.load(ordering: .acquiring) }

    /// `since` moves only when the state itself changes.
    func set(_ newState: ConnectionHealth.State, _ detail: String) {
        if newState == .up { hasBeenUp.store(true, ordering: .releasing) }
        state.withLock { health in
            if health.state != newState { health.since = Self.now() }
            health.state = newState
            health.detail = detail
        }
    }

    func set(returns count: Int) { state.withLock { $0.returns = count } }

    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
