internal import Synchronization

/// Counts messages and items of a route by outcome, and items of the last minute. Thread-safe.
final class RouteTotals: Sendable {
    private static let seconds = 60

    private struct State {
        var messages: [String: Int] = [:]
        var items: [String: Int] = [:]
        /// Items of each of the last sixty seconds, by the second modulo sixty.
        var perSecond = [Int](repeating: 0, count: RouteTotals.seconds)
        var second: Int64 = 0
    }

    private let state = Mutex(State())

    func add(message outcome: String) { state.withLock { $0.messages[outcome, default: 0] += 1 } }

    /// `now`: milliseconds since 1970.
    func add(items count: Int, outcome: String, now: Int64) {
        state.withLock { state in
            state.items[outcome, default: 0] += count
            Self.move(&state, to: now / 1000)
            state.perSecond[Int(state.second % Int64(Self.seconds))] += count
        }
    }

    var messages: [(outcome: String, count: Int)] {
        state.withLock { $0.messages.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
    }

    var items: [(outcome: String, count: Int)] {
        state.withLock { $0.items.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
    }

    func itemsPerSecond(now: Int64) -> Double {
        state.withLock { state in
            Self.move(&state, to: now / 1000)
            return Double(state.perSecond.reduce(0, +)) / Double(Self.seconds)
        }
    }

    /// Clears the seconds that have passed.
    private static func move(_ state: inout State, to second: Int64) {
        guard second > state.second else { return }
        for passed in 0..<min(second - state.second, Int64(seconds)) {
            state.perSecond[Int((second - passed) % Int64(seconds))] = 0
        }
        state.second = second
    }
}
