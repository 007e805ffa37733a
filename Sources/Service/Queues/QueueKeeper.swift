internal import Console
internal import Contracts
internal import Logging
internal import RabbitMQ
internal import Synchronization

/// Ensures that queues published to match their declarations, at the start and every few seconds (reconciliation).
final class QueueKeeper: Sendable {
    private static let interval = Duration.seconds(5)

    private let topology: Topology
    private let queues: [PublishingConfiguration.DeclaredQueue]
    private let logger: Logger
    /// Problems by queue.
    private let problems = Mutex<[String: Readiness.Warning]>([:])

    init(_ form: PublishingConfiguration, logger: Logger) {
        topology = Topology(address: form.broker)
        queues = form.queues
        self.logger = logger
    }

    /// Current problems. Thread-safe.
    var warnings: [Readiness.Warning] { problems.withLock { $0.values.sorted { $0.name < $1.name } } }

    /// Runs until the task is cancelled.
    func run() async {
        guard !queues.isEmpty else { return }
        while !Task.isCancelled {
            await ensureAll()
            try? await Task.sleep(for: Self.interval)
        }
    }

    /// One connection for all of them.
    private func ensureAll() async {
        let wanted = queues.map { (name: $0.name, policy: QueuePolicy($0.declaration)) }
        // A missing connection is reported by the publisher.
        guard let results = try? await topology.ensureQueues(wanted) else { return }
        for (queue, result) in zip(queues, results) { note(result, of: queue) }
    }

    private func note(_ result: Result<Bool, AMQPError>, of queue: PublishingConfiguration.DeclaredQueue) {
        switch result {
        case .success(let isNew):
            if isNew { logger.notice("declared the queue '\(queue.name)', which was missing") }
            _ = problems.withLock { $0.removeValue(forKey: queue.name) }
        case .failure(let error):
            guard error.code == .preconditionFailed || error.code == .notFound || error.code == .accessRefused else {
                return
            }
            let isNew = problems.withLock { problems in
                guard problems[queue.name]?.detail != error.message else { return false }
                problems[queue.name] = Readiness.Warning(
                    name: "queue \(queue.name)", since: WallClock.now(), detail: error.message)
                return true
            }
            if isNew { logger.warning("\(error.message)") }
        }
    }
}
