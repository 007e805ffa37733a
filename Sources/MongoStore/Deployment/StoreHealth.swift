internal import Contracts
internal import Synchronization

/// Health of the store, for banner and health page.
package struct StoreHealth: Sendable, Equatable {
    package var isUp: Bool
    /// Start of this state, in milliseconds since 1970.
    package var since: Int64
    /// The problem and its remedy; empty while up.
    package var detail: String
}

/// The current ``StoreHealth``: written by lanes and heartbeat. Thread-safe.
///
/// The store is up while no reporter is down: a lane with an unusable collection must not be overruled by a successful
/// heartbeat.
final class HealthBoard: Sendable {
    /// A user of the store that reports its health.
    struct Reporter: Equatable, Sendable {
        fileprivate let number: Int
    }

    private struct State {
        var complaints: [(reporter: Reporter, since: Int64, detail: String)]
        var upSince: Int64
        var reporters = 1
        /// When ``control`` asked what has not been answered yet.
        var asked: (at: ContinuousClock.Instant, since: Int64)?
    }

    private let state: Mutex<State>
    private let patience: Duration

    /// Down until ``control`` reports, and while it waits longer than `patience` for one answer: a frozen server keeps its
    /// connections.
    init(patience: Duration = .seconds(6)) {
        self.patience = patience
        let now = WallClock.now()
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
            if let asked = state.asked, asked.at.duration(to: .now) > patience {
                return StoreHealth(
                    isUp: false, since: asked.since,
                    detail: "it does not answer: it is frozen or overloaded, has no majority, or the network is cut")
            }
            return StoreHealth(isUp: true, since: state.upSince, detail: "")
        }
    }

    /// Whether the heartbeat reaches the server, whatever lanes complain of: one that gets no work cannot take its complaint
    /// back.
    var isReachable: Bool {
        state.withLock { state in
            !state.complaints.contains { $0.reporter == Self.control }
                && state.asked.map { $0.at.duration(to: .now) <= patience } ?? true
        }
    }

    /// ``control`` sends a command.
    func startWaiting() { state.withLock { $0.asked = (.now, WallClock.now()) } }

    /// It has an answer, or gave up.
    func stopWaiting() { state.withLock { $0.asked = nil } }

    func reportUp(_ reporter: Reporter) {
        state.withLock { state in
            if state.complaints.isEmpty { return }
            state.complaints.removeAll { $0.reporter == reporter }
            if state.complaints.isEmpty { state.upSince = WallClock.now() }
        }
    }

    func reportDown(_ reporter: Reporter, _ detail: String) {
        state.withLock { state in
            if let index = state.complaints.firstIndex(where: { $0.reporter == reporter }) {
                state.complaints[index].detail = detail
            } else {
                state.complaints.append((reporter, WallClock.now(), detail))
            }
        }
    }
}
