internal import Logging
internal import Mappings
internal import MongoStore
internal import Pipeline
internal import RabbitMQ
internal import Schemas
internal import Synchronization

/// One route while it runs: consumes until it is told to drain, then finishes what was handed out. Connects when made;
/// whoever makes it runs it, once.
final class RunningRoute: Sendable {
    /// Time that a drain may take before what is not settled is left to the broker.
    static let drainPatience = Duration.seconds(7)

    private let form: RouteForm
    private let source: ConsumerConnection
    private let mongo: MongoDeployment
    private let catalogs: CatalogTable
    private let dynamic: DynamicCatalogs
    private let metrics: PipelineMetrics
    private let logger: Logger
    private let draining = Atomic(false)
    /// Ends when the route is told to drain.
    private let drainOrder: AsyncStream<Never>
    private let order: AsyncStream<Never>.Continuation

    init(
        _ form: RouteForm, mongo: MongoDeployment, catalogs: CatalogTable, dynamic: DynamicCatalogs,
        bell: PostingBell,
        reached: @escaping @Sendable (Checkpoint) -> Void, log: LogThreshold
    ) {
        self.form = form
        self.mongo = mongo
        self.catalogs = catalogs
        self.dynamic = dynamic
        logger = Log.make(log, label: form.name)
        metrics = PipelineMetrics(route: form.name, bell: bell, logger: logger)
        var options = ConsumerOptions()
        options.reached = reached
        options.queuePolicy = .declareIfMissing
        options.productVersion = Version.text
        source = ConsumerConnection(
            address: form.terms.broker, queue: form.terms.queue, prefetch: UInt16(clamping: form.terms.prefetch),
            logger: Log.make(log, label: "rabbitMQ"), options: options)
        (drainOrder, order) = AsyncStream.makeStream()
    }

    var parts: ProcessStatus.RouteParts {
        ProcessStatus.RouteParts(name: form.name, source: source, metrics: metrics, isDraining: { self.isDraining })
    }

    var isDraining: Bool { draining.load(ordering: .acquiring) }

    /// Takes no more from the queue; ``run()`` returns once all that was taken is settled, or its time is over.
    func drain() {
        draining.store(true, ordering: .releasing)
        source.stop()
        order.finish()
    }

    func run() async {
        let lanes = (0..<form.terms.lanes).map { number in
            ["a", "b"].map { mongo.makeLane(named: "\(form.name)-\(number)\($0)") }
        }
        let route = route(lanes)
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { [dynamic] in
                if await dynamic.firstRead() { await route.run() }
                return true
            }
            group.addTask { [drainOrder] in
                for await _ in drainOrder {}
                try? await Task.sleep(for: Self.drainPatience)
                return false
            }
            // Whichever ends first: all settled, or no more patience.
            if await group.next() == false {
                logger.warning("not all was settled in time; the broker will deliver it again")
            }
            group.cancelAll()
        }
        await source.close()
        for store in lanes.joined() { await store.close() }
    }

    private func route(_ lanes: [[MongoLane]]) -> Route<ConsumerConnection, MongoLane> {
        let seeds = SeedCounter()
        return Route(
            name: form.name, source: source, lanes: lanes, limits: form.terms.limits,
            companies: form.terms.companies, shapes: form.mapping.shapes,
            ignoresOthers: form.mapping.ignoresOthers, versionField: form.mapping.versionField,
            resultQueue: form.terms.resultQueue,
            catalogs: { [catalogs] in catalogs.current },
            refreshCatalogs: { [dynamic] in await dynamic.refresh() },
            environment: PipelineEnvironment(
                now: { WallClock.now() }, seed: { seeds.next() }, sleep: { try await Task.sleep(for: $0) }),
            observer: metrics,
            // The source tells its ups and downs itself.
            sourceChanged: { _ in })
    }
}
