internal import Contracts
internal import Synchronization

/// Counts messages and items of a route by outcome, and answers of its requests by class of their status, since the gateway
/// started; and items of the last seconds.
/// Thread-safe.
final class RouteTotals: Sendable {
    /// Complete seconds of which the rate is the average.
    private static let seconds = 10
    private static let slots = seconds + 1

    /// When counting began, in milliseconds since 1970.
    let since = WallClock.now()

    private struct State {
        var messages: [String: Int] = [:]
        var items: [String: Int] = [:]
        /// By the first digit of the status.
        var answers: [Int: Int] = [:]
        /// Items of the current second and of those before it, by the second modulo their number.
        var perSecond = [Int](repeating: 0, count: RouteTotals.slots)
        var second: Int64 = 0
    }

    private let state = Mutex(State())

    func add(message outcome: String) { state.withLock { $0.messages[outcome, default: 0] += 1 } }

    /// `status`: of HTTP.
    func add(answer status: Int) { state.withLock { $0.answers[status / 100, default: 0] += 1 } }

    /// `now`: milliseconds since 1970.
    func add(items count: Int, outcome: String, now: Int64) {
        state.withLock { state in
            state.items[outcome, default: 0] += count
            Self.move(&state, to: now / 1000)
            state.perSecond[Int(state.second % Int64(Self.slots))] += count
        }
    }

    var messages: [(outcome: String, count: Int)] {
        state.withLock { $0.messages.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
    }

    var items: [(outcome: String, count: Int)] {
        state.withLock { $0.items.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
    }

    /// `2xx` and so on.
    var answers: [(status: String, count: Int)] {
        state.withLock { $0.answers.sorted { $0.key < $1.key }.map { ("\($0.key)xx", $0.value) } }
    }

    func itemsPerSecond(now: Int64) -> Double {
        state.withLock { state in
            Self.move(&state, to: now / 1000)
            let current = state.perSecond[Int(state.second % Int64(Self.slots))]
            return Double(state.perSecond.reduce(0, +) - current) / Double(Self.seconds)
        }
    }

    /// Clears the seconds that have passed.
    private static func move(_ state: inout State, to second: Int64) {
        guard second > state.second else { return }
        for passed in 0..<min(second - state.second, Int64(slots)) {
            state.perSecond[Int((second - passed) % Int64(slots))] = 0
        }
        state.second = second
    }
}
