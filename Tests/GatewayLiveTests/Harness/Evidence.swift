import Ingest
import Contracts
import Synchronization
import Testing

/// What a test's gateways have said: shown with the first thing that goes wrong.
final class Evidence: Sendable {
    private struct State {
        var gateways: [GatewayProcess] = []
        var isShown = false
    }

    private static let linesShown = 60

    @TaskLocal static var current: Evidence?

    private let state = Mutex(State())

    func add(_ gateway: GatewayProcess) { state.withLock { $0.gateways.append(gateway) } }

    var gateways: [GatewayProcess] { state.withLock { $0.gateways } }

    /// Gives an issue the gateways' last lines.
    @Sendable
    static func explain(_ issue: Issue) -> Issue {
        guard let current, let words = current.words() else { return issue }
        var issue = issue
        issue.comments.append(Comment(rawValue: words))
        return issue
    }

    /// Nil when they were shown already.
    private func words() -> String? {
        let gateways: [GatewayProcess]? = state.withLock { state in
            defer { state.isShown = true }
            return state.isShown ? nil : state.gateways
        }
        guard let gateways, !gateways.isEmpty else { return nil }
        return gateways.enumerated().map { number, gateway in
            let lines = gateway.output.split(separator: "\n")
            return "gateway \(number + 1) of \(gateways.count), \(gateway.state); its last lines of \(lines.count):\n"
                + lines.suffix(Self.linesShown).joined(separator: "\n")
        }.joined(separator: "\n")
    }
}
