internal import CoreMetrics
internal import Synchronization

/// The values of one metric and label set. Thread-safe.
final class Series: Sendable {
    enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    private struct State {
        var value = 0.0
        /// Observations per bucket; the last one is above the highest bound.
        var counts: [Int]
        var count = 0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func add(_ amount: Double) { state.withLock { $0.value += amount } }

    func set(to value: Double) { state.withLock { $0.value = value } }

    func observe(_ value: Double) {
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[bucket] += 1
            state.count += 1
            state.value += value
        }
    }

    func append(to out: inout String, name: String, labels: [Label], kind: Kind) {
        let state = state.withLock { $0 }
        func line(_ suffix: String, _ labels: [String], _ value: String) {
            out +=
                name + suffix + (labels.isEmpty ? "" : "{" + labels.joined(separator: ",") + "}") + " " + value + "\n"
        }
        let texts = labels.map(\.text)
        guard kind == .histogram else { return line("", texts, Self.text(state.value)) }
        var total = 0
        for (bound, count) in zip(bounds, state.counts) {
            total += count
            line("_bucket", texts + ["le=\"\(Self.text(bound))\""], String(total))
        }
        line("_bucket", texts + ["le=\"+Inf\""], String(state.count))
        line("_sum", texts, Self.text(state.value))
        line("_count", texts, String(state.count))
    }

    private static func text(_ value: Double) -> String {
        Int64(exactly: value).map { String($0) } ?? String(value)
    }
}

extension Series: CounterHandler, FloatingPointCounterHandler {
    func increment(by amount: Int64) { add(Double(amount)) }
    func increment(by amount: Double) { add(amount) }
    func reset() { set(to: 0) }
}

extension Series: RecorderHandler {
    func record(_ value: Int64) { record(Double(value)) }
    /// swift-metrics uses a recorder both for gauges and for distributions.
    func record(_ value: Double) { if bounds.isEmpty { set(to: value) } else { observe(value) } }
}

extension Series: MeterHandler {
    func set(_ value: Int64) { set(to: Double(value)) }
    func set(_ value: Double) { set(to: value) }
    func increment(by amount: Double, _: Void) { add(amount) }
    func decrement(by amount: Double) { add(-amount) }
}

extension Series: TimerHandler {
    func recordNanoseconds(_ duration: Int64) { observe(Double(duration) / 1e9) }
}
