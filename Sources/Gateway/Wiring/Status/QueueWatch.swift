internal import Logging
internal import Pipeline
internal import RabbitMQ
internal import ServiceLifecycle

/// Asks the broker every few seconds how many messages wait in the queues of the routes that run.
struct QueueWatch: Service {
    let status: ProcessStatus

    private static let interval = Duration.seconds(5)

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    await look()
                    try? await Task.sleep(for: Self.interval)
                }
            }
            group.addTask { try? await gracefulShutdown() }
            await group.next()
            group.cancelAll()
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
