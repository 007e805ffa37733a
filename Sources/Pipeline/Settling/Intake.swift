internal import Synchronization

/// The door of a route, which whoever runs it may shut: what is inside is settled, what waits outside stays with its source.
package final class Intake: Sendable {
    private struct State {
        var isShut = false
        /// Of the route that runs.
        var inFlight: InFlight?
    }

    private let state = Mutex(State())

    package init() {}

    /// Lets nothing further in. From any thread, at any time, more than once.
    package func shut() {
        let inFlight = state.withLock { state in
            state.isShut = true
            return state.inFlight
        }
        inFlight?.close()
    }

    /// Shuts the route's bound together with the door.
    func open(_ inFlight: InFlight) {
        let isShut = state.withLock { state in
            state.inFlight = inFlight
            return state.isShut
        }
        if isShut { inFlight.close() }
    }
}
