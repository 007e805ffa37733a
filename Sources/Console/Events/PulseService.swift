internal import Synchronization

/// Samples the status twice a second and publishes the changes as events.
final class PulseService: Sendable {
    static let interval = Duration.milliseconds(500)

    let hub = EventHub()
    private let status: @Sendable (_ isWatched: Bool) -> StatusReport
    private let now: @Sendable () -> Int64
    private let history = Mutex(History())

    /// `now`: milliseconds since 1970.
    init(status: @escaping @Sendable (_ isWatched: Bool) -> StatusReport, now: @escaping @Sendable () -> Int64) {
        self.status = status
        self.now = now
    }

    var historyText: String { history.withLock { $0.text } }

    /// Runs until the task is cancelled.
    func run() async {
        var pulse = Pulse()
        while !Task.isCancelled {
            let isWatched = hub.followers > 0
            let report = status(isWatched)
            let now = now()
            history.withLock { $0.take(report, isWatched: isWatched, now: now) }
            hub.add(pulse.beat(report, now: now))
            try? await Task.sleep(for: Self.interval)
        }
        hub.close()
    }
}
