internal import Logging
internal import Pipeline
internal import RabbitMQ
internal import ServiceLifecycle

/// Asks the broker every few seconds how many messages wait in the queues of the routes that run: while somebody looks at the
/// status, for each time is a connection.
struct QueueWatch: Service {
    let status: ProcessStatus

    private static let interval = Duration.seconds(5)
    private static let pause = Duration.milliseconds(200)

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    let isWatched = status.isWatched
                    if isWatched { await look() }
                    try? await Task.sleep(for: isWatched ? Self.interval : Self.pause)
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
