internal import Synchronization

/// What is in force, and what came of the last reading: written by the reload, read by the console.
final class ConfigurationBoard: Sendable {
    struct Reading: Sendable {
        /// Milliseconds since 1970.
        var at: Int64
        /// Why it was refused; empty where it was not.
        var refusals: [String]
        /// The tests beside the mappings, as the files were then.
        var tests: MappingTestRun
    }

    private struct State {
        var configuration: Configuration
        /// Since when; milliseconds since 1970.
        var since: Int64
        var last: Reading?
    }

    private let state: Mutex<State>

    init(_ first: Configuration, at now: Int64) { state = Mutex(State(configuration: first, since: now)) }

    var configuration: Configuration { state.withLock { $0.configuration } }
    /// Milliseconds since 1970.
    var since: Int64 { state.withLock { $0.since } }
    /// Nil until the first one.
    var last: Reading? { state.withLock { $0.last } }

    /// `configuration`: nil where that before stays in force.
    func note(_ reading: Reading, _ configuration: Configuration?) {
        state.withLock { state in
            state.last = reading
            guard let configuration else { return }
            state.configuration = configuration
            state.since = reading.at
        }
    }
}
