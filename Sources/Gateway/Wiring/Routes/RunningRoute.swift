internal import Console
internal import Logging
internal import Mappings
internal import MongoStore
internal import Pipeline
internal import Schemas
internal import Synchronization

/// One route while it runs: consumes until it is told to drain, then finishes what was handed out. Connects when made;
/// whoever makes it runs it, once.
final class RunningRoute: Sendable {
    /// Time that a drain may take before what is not settled is left to the broker.
    static let drainPatience = Duration.seconds(7)

    private let form: RouteForm
    private let inlets: RouteInlets
    private let environment: PipelineEnvironment
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
        bell: Bell, tail: MessageTail, reached: @escaping @Sendable (Checkpoint) -> Void, log: LogThreshold
    ) {
        self.form = form
        self.mongo = mongo
        self.catalogs = catalogs
        self.dynamic = dynamic
        logger = Log.make(log, label: form.name)
        metrics = PipelineMetrics(route: form.name, bell: bell, tail: tail, logger: logger)
        let seeds = SeedCounter()
        environment = PipelineEnvironment(
            now: { WallClock.now() }, seed: { seeds.next() }, sleep: { try await Task.sleep(for: $0) })
        inlets = RouteInlets(form, environment: environment, reached: reached, log: log)
        (drainOrder, order) = AsyncStream.makeStream()
    }

    var parts: ProcessStatus.RouteParts {
        ProcessStatus.RouteParts(
            name: form.name, inlets: inlets, sources: form.sourceNames, broker: form.terms.broker, metrics: metrics,
            isDraining: { self.isDraining })
    }

    var isDraining: Bool { draining.load(ordering: .acquiring) }

    /// Takes no more from its source; ``run()`` returns once all that was taken is settled, or its time is over.
    func drain() {
        draining.store(true, ordering: .releasing)
        inlets.stop()
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
                logger.warning("not all was settled in time; it comes again")
            }
            group.cancelAll()
        }
        await inlets.close()
        for store in lanes.joined() { await store.close() }
    }

    private func route(_ lanes: [[MongoLane]]) -> Route<MongoLane> {
        Route(
            name: form.name, sources: inlets.sources, lanes: lanes, limits: form.terms.limits,
            companies: form.terms.companies, shapes: form.mapping.shapes,
            takesAll: form.mapping.takesAll,
            ignoresOthers: form.mapping.ignoresOthers, versionField: form.mapping.versionField,
            resultQueue: form.terms.resultQueue,
            catalogs: { [catalogs] in catalogs.current },
            refreshCatalogs: { [dynamic] in await dynamic.refresh() },
            environment: environment, observer: metrics, patience: OutagePatience.value,
            // The source tells its ups and downs itself.
            sourceChanged: { _ in })
    }
}
