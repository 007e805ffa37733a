internal import Console
internal import Contracts
internal import Logging
internal import RabbitMQ
internal import Synchronization

/// Ensures that exchanges, queues and bindings are at the broker as declared, at the start and every few seconds
/// (reconciliation).
final class TopologyKeeper: Sendable {
    private static let interval = Duration.seconds(5)

    private let topology: Topology
    private let items: [TopologyItem]
    private let logger: Logger
    /// Whether it is time to look; otherwise the next time comes first.
    private let mayLook: @Sendable () -> Bool
    /// Exchanges that only their publisher creates, once all was ensured for the first time. Created again here, one with
    /// several queues would for a moment route to some of them, for a publisher that does not know that it was gone.
    private let publishedTo: Set<String>
    /// Problems by item.
    private let problems = Mutex<[String: Readiness.Warning]>([:])

    init(
        _ items: [TopologyItem], at broker: BrokerAddress, logger: Logger,
        while mayLook: @escaping @Sendable () -> Bool = { true },
        publishedTo: Set<String> = []
    ) {
        topology = Topology(address: broker)
        self.items = items
        self.logger = logger
        self.mayLook = mayLook
        self.publishedTo = publishedTo
    }

    /// Current problems. Thread-safe.
    var warnings: [Readiness.Warning] { problems.withLock { $0.values.sorted { $0.name < $1.name } } }

    /// Runs until the task is cancelled.
    func run() async {
        guard !items.isEmpty else { return }
        var left: Set<String> = []
        while !Task.isCancelled {
            if mayLook(), await ensureAll(leaving: left) { left = publishedTo }
            try? await Task.sleep(for: Self.interval)
        }
    }

    /// One connection for all of them. `left`: exchanges that are not created. False without a connection.
    private func ensureAll(leaving left: Set<String>) async -> Bool {
        let items = items.map { item in
            if case .exchange(let name, .declare(let properties)) = item, left.contains(name) {
                return TopologyItem.exchange(name, .assert(properties))
            }
            return item
        }
        // A missing connection is reported by the publisher or consumer.
        guard let results = try? await topology.ensure(items) else { return false }
        for (item, result) in zip(items, results) {
            if case .exchange(let name, _) = item, left.contains(name), case .failure(let error) = result,
                error.code == .notFound
            {
                continue
            }
            note(result, of: item)
        }
        return true
    }

    private func note(_ result: Result<Bool, AMQPError>, of item: TopologyItem) {
        let name = item.name
        switch result {
        case .success(let isNew):
            if isNew { logger.notice("\(item.creation)") }
            _ = problems.withLock { $0.removeValue(forKey: name) }
        case .failure(let error):
            guard error.isRefusal else { return }
            let isNew = problems.withLock { problems in
                guard problems[name]?.detail != error.message else { return false }
                problems[name] = Readiness.Warning(name: name, since: WallClock.now(), detail: error.message)
                return true
            }
            if isNew { logger.warning("\(error.message)") }
        }
    }
}
