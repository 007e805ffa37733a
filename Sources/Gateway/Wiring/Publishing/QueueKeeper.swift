internal import Console
internal import Logging
internal import Pipeline
internal import RabbitMQ
internal import Synchronization

/// Sees to it that the queues which are published to are there as mappings declare them, at the start and every few seconds.
final class QueueKeeper: Sendable {
    private static let interval = Duration.seconds(5)

    private let topology: Topology
    private let queues: [PublishingForm.DeclaredQueue]
    private let logger: Logger
    /// What is wrong with which queue.
    private let problems = Mutex<[String: Readiness.Warning]>([:])

    init(_ form: PublishingForm, logger: Logger) {
        topology = Topology(address: form.broker)
        queues = form.queues
        self.logger = logger
    }

    /// What a person should do something about. From any thread.
    var warnings: [Readiness.Warning] { problems.withLock { $0.values.sorted { $0.name < $1.name } } }

    /// Until the task is cancelled.
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
        // That there is no connection, the publisher tells.
        guard let results = try? await topology.ensureQueues(wanted) else { return }
        for (queue, result) in zip(queues, results) { note(result, of: queue) }
    }

    private func note(_ result: Result<Bool, AMQPError>, of queue: PublishingForm.DeclaredQueue) {
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
