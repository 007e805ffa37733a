internal import Synchronization

/// Whether the store can be reached, for banner and health page.
package struct StoreHealth: Sendable, Equatable {
    package var isUp: Bool
    /// Since when, in milliseconds since 1970.
    package var since: Int64
    /// Why not, and the remedy; empty while it is up.
    package var detail: String
}

/// The current ``StoreHealth``: written by lanes and heartbeat, read by anyone, from any thread.
///
/// The store is up when none of those who use it says that it is down: a lane whose collection is out of order must not
/// be talked over by a heartbeat that does well.
final class HealthBoard: Sendable {
    /// One who uses the store and says how it goes.
    struct Reporter: Equatable, Sendable {
        fileprivate let number: Int
    }

    private struct State {
        var complaints: [(reporter: Reporter, since: Int64, detail: String)]
        var upSince: Int64
        var reporters = 1
    }

    private let state: Mutex<State>

    /// Down, until ``control`` has something better to say.
    init() {
        let now = wallClockMilliseconds()
        state = Mutex(State(complaints: [(Self.control, now, "not connected yet")], upSince: now))
    }

    /// ``MongoControl``.
    static let control = Reporter(number: 0)

    func newReporter() -> Reporter {
        state.withLock { state in
            defer { state.reporters += 1 }
            return Reporter(number: state.reporters)
        }
    }

    var current: StoreHealth {
        state.withLock { state in
            if let first = state.complaints.first {
                return StoreHealth(isUp: false, since: first.since, detail: first.detail)
            }
            return StoreHealth(isUp: true, since: state.upSince, detail: "")
        }
    }

    func reportUp(_ reporter: Reporter) {
        state.withLock { state in
            if state.complaints.isEmpty { return }
            state.complaints.removeAll { $0.reporter == reporter }
            if state.complaints.isEmpty { state.upSince = wallClockMilliseconds() }
        }
    }

    func reportDown(_ reporter: Reporter, _ detail: String) {
        state.withLock { state in
            if let index = state.complaints.firstIndex(where: { $0.reporter == reporter }) {
                state.complaints[index].detail = detail
            } else {
                state.complaints.append((reporter, wallClockMilliseconds(), detail))
            }
        }
    }
}
