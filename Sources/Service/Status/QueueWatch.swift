internal import BSON
internal import Logging
internal import RabbitMQ
internal import ServiceLifecycle

/// Polls queue lengths of the running routes every few seconds: while the status is watched or, more rarely, the
/// metrics are scraped, since each poll is a connection.
struct QueueWatch: Service {
    let status: ProcessStatus

    private static let interval = Duration.seconds(5)
    private static let metricsInterval = Duration.seconds(30)
    private static let pause = Duration.milliseconds(200)

    func run() async throws {
        await cancelWhenGracefulShutdown { await watch() }
    }

    private func watch() async {
        var looked: ContinuousClock.Instant?
        while !Task.isCancelled {
            let interval: Duration? =
                status.isWatched ? Self.interval : status.areMetricsRead ? Self.metricsInterval : nil
            if let interval {
                if looked.map({ $0.duration(to: .now) >= interval }) ?? true {
                    await look()
                    looked = .now
                }
            } else if looked != nil {
                // Values that are no longer polled are unknown.
                status.waiting = [:]
                looked = nil
            }
            try? await Task.sleep(for: Self.pause)
        }
    }

    private func look() async {
        var waiting: [String: Int] = [:]
        for (address, queues) in status.consumedQueues where !queues.isEmpty {
            guard let states = try? await Topology(address: address).queues(queues) else { continue }
            for (queue, state) in zip(queues, states) { waiting[queue] = state?.messageCount }
        }
        status.waiting = waiting
    }
}
