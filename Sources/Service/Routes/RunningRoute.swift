internal import Console
internal import Contracts
internal import CoreMetrics
internal import Ingest
internal import Logging
internal import Mappings
internal import MongoStore
internal import Operations
internal import Output
internal import Schemas
internal import Synchronization
internal import Web

/// A running route: consumes until drained, then finishes admitted messages. Connects on init; must be run once.
final class RunningRoute: Sendable {
    /// Connections to the store of a route that reads.
    private static let readConnections = 4
    /// Time limit of a drain; unsettled messages are then left to the broker.
    static let drainPatience = Duration.seconds(7)

    private let form: RouteConfiguration
    private let inlets: RouteInlets
    private let environment: GatewayEnvironment
    private let mongo: MongoDeployment
    private let catalogs: CatalogTable
    private let dynamic: DynamicCatalogs
    private let metrics: IngestMetrics
    private let logger: Logger
    private let router: WebRouter
    private let draining = Atomic(false)
    private let intake = Intake()
    /// Ends when draining starts.
    private let drainOrder: AsyncStream<Never>
    private let order: AsyncStream<Never>.Continuation

    init(
        _ form: RouteConfiguration, mongo: MongoDeployment, catalogs: CatalogTable, dynamic: DynamicCatalogs,
        signal: Signal, totals: RouteTotals, tail: MessageTail, reached: @escaping @Sendable (FaultPoint) -> Void,
        router: WebRouter, log: LogThreshold
    ) {
        self.form = form
        self.mongo = mongo
        self.catalogs = catalogs
        self.dynamic = dynamic
        self.router = router
        logger = Log.make(log, label: form.name)
        metrics = IngestMetrics(route: form.name, totals: totals, signal: signal, tail: tail, logger: logger)
        let seeds = SeedCounter()
        environment = GatewayEnvironment(
            now: { WallClock.now() }, seed: { seeds.next() }, sleep: { try await Task.sleep(for: $0) },
            clock: mongo.postingClock)
        inlets = RouteInlets(form, environment: environment, reached: reached, router: router, log: log)
        (drainOrder, order) = AsyncStream.makeStream()
    }

    var parts: ProcessStatus.RouteParts {
        ProcessStatus.RouteParts(
            name: form.name, inlets: inlets, sources: form.sourceNames, broker: form.terms.broker, metrics: metrics,
            isDraining: { self.isDraining }, endpoint: StatusReport.Route.Endpoint(form.mapping.from),
            sockets: { [hub = router.hub, form] in form.sockets.map { _ in hub.sockets[form.name] ?? 0 } })
    }

    var isDraining: Bool { draining.load(ordering: .acquiring) }

    /// Stops admitting messages, including those waiting to be decoded; ``run()`` returns once all admitted ones are
    /// settled, or at the time limit.
    func drain() {
        draining.store(true, ordering: .releasing)
        intake.shut()
        inlets.stop()
        order.finish()
    }

    func run() async {
        if let read = form.mapping.read { return await answer(read) }
        if let subscription = form.mapping.subscription { return await serve(subscription) }
        if let files = form.endpoint?.files { return await serve(files) }
        let lanes = (0..<form.terms.lanes).map { number in
            ["a", "b"].map { mongo.makeLane(named: "\(form.name)-\(number)\($0)") }
        }
        let takesNumbers = form.mapping.shapes.contains { !$0.sequences.isEmpty }
        let sequences = takesNumbers ? mongo.makeSequences() : nil
        let route = route(lanes, sequences)
        async let _ = inlets.keeper.run()
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
            // Whichever comes first: all settled, or the time limit.
            if await group.next() == false {
                logger.warning("not all was settled in time; it comes again")
            }
            group.cancelAll()
        }
        await inlets.close()
        for store in lanes.joined() { await store.close() }
        await sequences?.close()
    }

    /// Answers requests with records, until drained.
    private func answer(_ read: ReadShape) async {
        guard let endpoint = form.endpoint else { return }
        let records = mongo.makeRecords(connections: Self.readConnections)
        let door = ReadDoor(read, records: records, now: environment.now)
        router.open(form.name, endpoint, door)
        for await _ in drainOrder {}
        router.close(form.name, door)
        await records.close()
    }

    /// Serves connections, until drained.
    private func serve(_ subscription: SubscriptionShape) async {
        guard let endpoint = form.sockets else { return }
        let counter = PushMetrics.counter(of: form.name)
        let door = PushDoor(route: form.name, endpoint: endpoint, shape: subscription, hub: router.hub) {
            counter.increment(by: $0)
        }
        router.open(door)
        for await _ in drainOrder {}
        router.close(door)
        door.end()
    }

    /// Answers requests with the files of a directory, until drained.
    private func serve(_ files: String) async {
        guard let endpoint = form.endpoint else { return }
        let door = FileDoor(files)
        router.open(form.name, endpoint, door)
        for await _ in drainOrder {}
        router.close(form.name, door)
    }

    private func route(_ lanes: [[MongoTransactor]], _ sequences: MongoSequences?) -> Route<MongoTransactor> {
        Route(
            name: form.name, sources: inlets.sources, lanes: lanes, limits: form.terms.limits,
            companies: form.terms.companies, shapes: form.mapping.shapes,
            takesAll: form.mapping.takesAll,
            ignoresOthers: form.mapping.ignoresOthers, versionField: form.mapping.versionField,
            resultQueue: form.terms.resultQueue, answers: form.mapping.answers,
            catalogs: { [catalogs] in catalogs.current },
            refreshCatalogs: { [dynamic] in await dynamic.refresh() },
            sequences: sequences,
            environment: environment, observer: metrics, intake: intake, patience: OutagePatience.of(form.mapping.from),
            // The source logs its state itself.
            sourceChanged: { _ in })
    }
}
