internal import Synchronization

/// The configuration in force and the result of the last reload: written by the reload, read by the console.
final class ConfigurationBoard: Sendable {
    struct Reading: Sendable {
        /// Milliseconds since 1970.
        var at: Int64
        /// Why it was refused; empty if it was not.
        var refusals: [String]
        /// Results of the tests beside the mappings.
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

    /// `configuration`: nil if the previous one stays in force.
    func note(_ reading: Reading, _ configuration: Configuration?) {
        state.withLock { state in
            state.last = reading
            guard let configuration else { return }
            state.configuration = configuration
            state.since = reading.at
        }
    }
}
