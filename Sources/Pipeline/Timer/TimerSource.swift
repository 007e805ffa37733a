internal import Documents
package import Mappings
internal import Records
internal import Synchronization

/// A schedule as a ``Source``: a message `{"route": …, "scheduledAt": …}` for each moment that is due.
///
/// Its message-id is made of the route and the moment, so that the ledger lets it have one effect, however many gateways
/// run. One message is out at a time: moments that pass while the store cannot take it come as one, the latest. A moment
/// that has passed a short while before the start is made up for, since a gateway that was killed may have had it in hand;
/// where it was settled, the ledger knows.
package final class TimerSource: Source {
    package let events: AsyncStream<SourceEvent>
    private let ticks: Ticks

    /// How old a moment may be that is made up for at the start.
    static let catchingUp: Int64 = 600_000

    package init(route: String, schedule: Schedule, environment: PipelineEnvironment) {
        let ticks = Ticks(route: route, schedule: schedule, environment: environment)
        self.ticks = ticks
        events = AsyncStream { await ticks.next() }
    }

    package func acknowledge(upTo tag: DeliveryTag) { ticks.settled(tag) }

    package func stop() { ticks.stop() }

    package func close() async { ticks.stop() }
}

/// The moments of a timer, one after another.
private final class Ticks: Sendable {
    private struct State {
        /// The last moment that was told, or that is too old; milliseconds since 1970.
        var last: Int64
        var number: UInt64 = 0
        var isOut = false
        var isStopped = false
        var hasBegun = false
    }

    private enum Step {
        case event(SourceEvent?)
        /// Wait for the message that is out.
        case waitForAck
        case wait(Duration)
    }

    /// The longest wait by which the clock is believed: one that was set, or a machine that slept, is noticed after it.
    private static let patience: Int64 = 5000
    private static let channel: UInt64 = 1

    private let route: String
    private let schedule: Schedule
    private let environment: PipelineEnvironment
    private let bell = Bell()
    private let state: Mutex<State>

    init(route: String, schedule: Schedule, environment: PipelineEnvironment) {
        self.route = route
        self.schedule = schedule
        self.environment = environment
        state = Mutex(State(last: environment.now() - TimerSource.catchingUp - 1))
    }

    func next() async -> SourceEvent? {
        while !Task.isCancelled {
            switch step() {
            case .event(let event): return event
            case .waitForAck: await bell.wait()
            case .wait(let duration): await bell.wait(atMost: duration, sleep: environment.sleep)
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
            // A clock that was set back must not keep it silent until it is where it was.
            state.last = min(state.last, now)
            var due = schedule.next(after: state.last)
            guard due <= now else { return .wait(.milliseconds(min(due - now, Self.patience))) }
            while true {
                let later = schedule.next(after: due)
                guard later <= now else { break }
                due = later
            }
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
        bell.ring()
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        bell.ring()
    }
}
