internal import Synchronization

/// The intake of a route, which can be shut: admitted messages are settled, waiting ones stay with their source.
package final class Intake: Sendable {
    private struct State {
        var isShut = false
        /// Of the running route.
        var inFlight: InFlight?
    }

    private let state = Mutex(State())

    package init() {}

    var isShut: Bool { state.withLock { $0.isShut } }

    /// Admits nothing further. Thread-safe and idempotent.
    package func shut() {
        let inFlight = state.withLock { state in
            state.isShut = true
            return state.inFlight
        }
        inFlight?.close()
    }

    /// Ties the route's bound to the intake, so that both are shut together.
    func open(_ inFlight: InFlight) {
        let isShut = state.withLock { state in
            state.inFlight = inFlight
            return state.isShut
        }
        if isShut { inFlight.close() }
    }
}
