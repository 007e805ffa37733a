internal import Logging
internal import Pipeline
internal import RabbitMQ
internal import ServiceLifecycle

/// Asks the broker every few seconds how many messages wait in the queues of the routes that run: while somebody looks at the
/// status, or, more rarely, reads the metrics; for each time is a connection.
struct QueueWatch: Service {
    let status: ProcessStatus

    private static let interval = Duration.seconds(5)
    private static let metricsInterval = Duration.seconds(30)
    private static let pause = Duration.milliseconds(200)

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await watch() }
            group.addTask { try? await gracefulShutdown() }
            await group.next()
            group.cancelAll()
        }
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
                // What nobody counts any more is not known.
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
