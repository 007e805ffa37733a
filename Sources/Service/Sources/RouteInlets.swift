internal import Contracts
internal import FileSource
internal import Ingest
internal import Logging
internal import Mappings
internal import Output
internal import RabbitMQ
internal import Settings
internal import TimerSource
internal import Web

/// The sources of a running route. Broker connections are opened on init.
struct RouteInlets: Sendable {
    let sources: [any Source]
    /// Broker connections.
    let brokers: [ConsumerConnection]
    /// Ways in which the broker drops messages of its queues, by declaration.
    let losses: [QueueLosses.Loss]
    /// Ensures what is declared beside the queues; a connection ensures it too, before it consumes.
    let keeper: TopologyKeeper
    /// Why other sources cannot be read, with the start in milliseconds since 1970; nil if they can.
    let trouble: @Sendable () -> (since: Int64, words: String)?

    init(
        _ form: RouteConfiguration, environment: GatewayEnvironment, reached: @escaping @Sendable (FaultPoint) -> Void,
        router: WebRouter, log: LogThreshold
    ) {
        var topology: [TopologyItem] = []
        switch form.mapping.from {
        case .amqp(let source):
            topology = form.terms.topology
            brokers = form.terms.queues.map { queue in
                Self.consumer(of: queue, form, source.declaration, reached: reached, log: log)
            }
            sources = brokers
            losses = source.declaration.map { QueueLosses.of($0) } ?? []
            trouble = { nil }
        case .timer(let schedule):
            brokers = []
            losses = []
            sources = [TimerSource(route: form.name, schedule: schedule, environment: environment)]
            trouble = { nil }
        case .http(let endpoint):
            brokers = []
            losses = []
            sources =
                form.mapping.takesMessages ? [HTTPSource(route: form.name, endpoint: endpoint, router: router)] : []
            trouble = { nil }
        case .webSocket:
            brokers = []
            losses = []
            sources = []
            trouble = { [hub = router.hub] in hub.trouble }
        case .file(let files):
            brokers = []
            losses = []
            let source = FileSource(
                FileSourceOptions(
                    route: form.name, queue: RouteSource.fileQueue(of: form.name), path: files.path,
                    lineBytes: form.terms.limits.messageBytes,
                    prefetch: form.terms.prefetch), logger: Log.make(log, label: form.name))
            sources = [source]
            trouble = { source.trouble }
        }
        // A connection that is down reports the same itself.
        keeper = TopologyKeeper(
            topology, at: form.terms.broker, logger: Log.make(log, label: "rabbitMQ")
        ) { [brokers] in brokers.contains { $0.health.state == .up } }
    }

    private static func consumer(
        of queue: String, _ form: RouteConfiguration, _ declaration: QueueDeclaration?,
        reached: @escaping @Sendable (FaultPoint) -> Void, log: LogThreshold
    ) -> ConsumerConnection {
        var options = ConsumerOptions()
        options.reached = reached
        options.followsPipeline = true
        options.queuePolicy = declaration.map { QueuePolicy($0) } ?? .declareIfMissing
        options.topology = form.terms.topology(of: queue)
        options.productVersion = Version.text
        return ConsumerConnection(
            address: form.terms.broker, queue: queue, prefetch: UInt16(clamping: form.terms.prefetch),
            logger: Log.make(log, label: "rabbitMQ"), options: options)
    }

    /// Stops taking messages; earlier ones may still be acknowledged.
    func stop() { for source in sources { source.stop() } }

    /// All at once: each may take a while.
    func close() async {
        await withTaskGroup(of: Void.self) { group in
            for source in sources { group.addTask { await source.close() } }
        }
    }
}
