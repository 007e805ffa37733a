internal import Contracts
internal import Synchronization

/// Health of a connection, for `/readyz`, metrics and the banner.
package struct ConnectionHealth: Sendable, Equatable {
    package enum State: Sendable {
        /// Not needed: unused so far, or stopped.
        case idle
        case up
        /// Not connected, or blocked by the broker; retrying.
        case down
    }

    package var state: State
    /// Start of this state, in milliseconds since 1970.
    package var since: Int64
    /// The reason, for people.
    package var detail: String
    /// The broker's address, without the password.
    package var address: String
    /// Highest redelivery count among the current messages, if high; else 0.
    package var returns = 0

    package var isUp: Bool { state != .down }
}

/// Health of one connection: written by its thread, read from any thread.
final class HealthRecord: Sendable {
    private let state: Mutex<ConnectionHealth>
    private let hasBeenUp = Atomic(false)

    init(address: BrokerAddress, _ state: ConnectionHealth.State, _ detail: String) {
        self.state = Mutex(
            ConnectionHealth(state: state, since: WallClock.now(), detail: detail, address: address.description))
    }

    var value: ConnectionHealth { state.withLock { $0 } }

    var hasNeverBeenUp: Bool { !hasBeenUp.load(ordering: .acquiring) }

    /// `since` changes only with the state itself.
    func set(_ newState: ConnectionHealth.State, _ detail: String) {
        if newState == .up { hasBeenUp.store(true, ordering: .releasing) }
        state.withLock { health in
            if health.state != newState { health.since = WallClock.now() }
            health.state = newState
            health.detail = detail
        }
    }

    func set(returns count: Int) { state.withLock { $0.returns = count } }
}
