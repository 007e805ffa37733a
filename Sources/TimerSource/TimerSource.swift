internal import BSON
package import Contracts
internal import JSON
package import Mappings
internal import Synchronization

/// A ``Source`` of scheduled messages: `{"route": …, "scheduledAt": …}` for each due time.
///
/// The message-id is derived from route and due time, so that the ledger deduplicates across gateways. One message is
/// outstanding at a time: due times that pass while the store is unavailable are merged into the latest. A due time
/// shortly before the start is caught up, since a killed gateway may have had it in progress; the ledger knows if it
/// was settled.
package final class TimerSource: Source {
    package let events: AsyncStream<SourceEvent>
    private let ticks: Ticks

    /// Maximum age, in milliseconds, of a due time that is caught up at the start.
    static let catchingUp: Int64 = 600_000

    package init(route: String, schedule: Schedule, environment: GatewayEnvironment) {
        let ticks = Ticks(route: route, schedule: schedule, environment: environment)
        self.ticks = ticks
        events = AsyncStream { await ticks.next() }
    }

    package func acknowledge(upTo tag: DeliveryTag) { ticks.settled(tag) }

    package func stop() { ticks.stop() }

    package func close() async { ticks.stop() }
}

/// The due times of a timer, in sequence.
private final class Ticks: Sendable {
    private struct State {
        /// The last due time emitted, or too old; milliseconds since 1970.
        var last: Int64
        var number: UInt64 = 0
        var isOut = false
        var isStopped = false
        var hasBegun = false
    }

    private enum Step {
        case event(SourceEvent?)
        /// Wait for the outstanding message.
        case waitForAck
        case wait(Duration)
    }

    /// Maximum sleep before the clock is read again, so that a changed clock or a suspended machine is noticed.
    private static let patience: Int64 = 5000
    private static let channel: UInt64 = 1

    private let route: String
    private let schedule: Schedule
    private let environment: GatewayEnvironment
    private let signal = Signal()
    private let state: Mutex<State>

    init(route: String, schedule: Schedule, environment: GatewayEnvironment) {
        self.route = route
        self.schedule = schedule
        self.environment = environment
        state = Mutex(State(last: environment.now() - TimerSource.catchingUp - 1))
    }

    func next() async -> SourceEvent? {
        while !Task.isCancelled {
            switch step() {
            case .event(let event): return event
            case .waitForAck: await signal.wait()
            case .wait(let duration): await signal.wait(atMost: duration, sleep: environment.sleep)
            }
        }
        return nil
    }

    private func step() -> Step {
        state.withLock { state in
            if state.isStopped { return .event(nil) }
            if !state.hasBegun {
                state.hasBegun = true
                return .event(.up)
            }
            if state.isOut { return .waitForAck }
            let now = environment.now()
            // A clock set back must not silence it until it catches up.
            state.last = min(state.last, now)
            let first = schedule.next(after: state.last)
            guard first <= now else { return .wait(.milliseconds(min(first - now, Self.patience))) }
            let due = schedule.last(from: first, through: now)
            state.last = due
            state.number += 1
            state.isOut = true
            return .event(.deliveries([delivery(due, number: state.number)]))
        }
    }

    private func delivery(_ moment: Int64, number: UInt64) -> Delivery {
        let text = Instant.text(milliseconds: moment)
        var message = JSONObjectText()
        message.add("route", route)
        message.add("scheduledAt", text)
        var properties = MessageProperties()
        properties.messageId = ByteString("\(route):\(text)")
        properties.timestamp = UInt64(clamping: moment / 1000)
        return Delivery(
            tag: DeliveryTag(channel: Self.channel, number: number), queue: RouteSource.timerQueue(of: route),
            body: Array(message.text.utf8), isRedelivered: false, properties: properties)
    }

    func settled(_ tag: DeliveryTag) {
        state.withLock { if tag.number == $0.number { $0.isOut = false } }
        signal.ring()
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        signal.ring()
    }
}

extension Schedule {
    /// The last due time that is not after `now`; `due`: an earlier one. By bisection: a clock may jump by decades.
    func last(from due: Int64, through now: Int64) -> Int64 {
        var latest = due
        /// None is between this and `now`.
        var end = now
        while true {
            let following = next(after: latest)
            guard following <= now else { return latest }
            latest = following
            let middle = latest + (end - latest) / 2
            let candidate = next(after: middle)
            if candidate <= now { latest = candidate } else { end = middle }
        }
    }
}
