internal import Logging
internal import Mappings
internal import MongoStore
internal import Pipeline
internal import RabbitMQ
internal import Schemas
internal import ServiceLifecycle

/// The route of catalog messages as a service: consumes until told to stop, then finishes what was handed out.
struct CatalogRoute: Service {
    let mapping: RouteMapping
    let source: ConsumerConnection
    let mongo: MongoDeployment
    let settings: Settings
    let catalogs: CatalogTable
    let dynamic: DynamicCatalogs
    let metrics: PipelineMetrics
    let status: ProcessStatus
    let logger: Logger

    private var name: String { mapping.name }

    func run() async throws {
        let lanes = (0..<(settings.integer("lanes") ?? 2)).map { number in
            ["a", "b"].map { mongo.makeLane(named: "\(name)-\(number)\($0)") }
        }
        let seeds = SeedCounter()
        let route = Route(
            name: name, source: source, lanes: lanes, limits: settings.limits,
            companies: settings.list("companies.allowed"), shapes: mapping.shapes,
            ignoresOthers: mapping.ignoresOthers, versionField: mapping.versionField,
            catalogs: { [catalogs] in catalogs.current },
            refreshCatalogs: { [dynamic] in await dynamic.refresh() },
            environment: PipelineEnvironment(
                now: { WallClock.now() }, seed: { seeds.next() }, sleep: { try await Task.sleep(for: $0) }),
            observer: metrics,
            // The source tells its ups and downs itself.
            sourceChanged: { _ in })

        await withTaskGroup(of: Void.self) { group in
            group.addTask { [dynamic] in
                if await dynamic.firstRead() { await route.run() }
            }
            group.addTask { [dynamic] in
                try? await gracefulShutdown()
                status.drain()
                DrainDeadline.start(logger: logger)
                source.stop()
                await dynamic.close()
                try? await Task.sleep(for: GatewayProcess.drainPatience)
            }
            // Whichever ends first: all settled, or no more patience.
            await group.next()
            group.cancelAll()
        }
        await source.close()
        for store in lanes.joined() { await store.close() }
    }
}
