internal import ArgumentParser
internal import Console
internal import CoreMetrics
internal import Logging
internal import Mappings
internal import MongoStore
internal import Pipeline
internal import RabbitMQ
internal import Schemas
internal import ServiceLifecycle
internal import UnixSignals

/// The running gateway: makes every part from the settings, runs them side by side and ends them in good order.
struct GatewayProcess {
    /// Time that a drain may take before what is not settled is left to the broker.
    static let drainPatience = Duration.seconds(7)

    private let settings: Settings
    private let catalogs: CatalogTable
    private let routes: RouteTable
    private let logger: Logger

    init(settings: Settings, catalogs: Catalogs, routes: RouteTable) {
        self.settings = settings
        self.catalogs = CatalogTable(catalogs)
        self.routes = routes
        logger = Log.make(settings, label: "gateway")
    }

    func run() async throws {
        let registry = PrometheusRegistry(help: PipelineMetrics.help, buckets: PipelineMetrics.buckets)
        MetricsSystem.bootstrap(registry)

        let reached = try Self.checkpoints()
        var store = StoreAddress.settings(settings)
        store.reached = reached
        let mongo = try MongoDeployment(store, logger: Log.make(settings, label: "mongoDB"))
        let status = ProcessStatus(mongo: mongo)
        let dynamic = DynamicCatalogs(
            mongo: mongo, catalogs: catalogs, logger: Log.make(settings, label: "definitions"))
        var services: [any Service] = [
            StoreService(mongo: mongo, logger: logger),
            ConsoleService(server: console(registry: registry, status: status)),
            DynamicFieldService(dynamic: dynamic),
            ReloadService(settings: settings, catalogs: catalogs, logger: logger),
        ]
        logger.notice("promo-gateway \(Version.text) starts", metadata: ["database": "\(mongo.database)"])
        if settings.bool("rabbitMQ.enabled") {
            for mapping in routes.routes {
                services.append(try route(mapping, mongo: mongo, dynamic: dynamic, status: status, reached: reached))
            }
        } else {
            logger.notice("rabbitMQ.enabled is false: nothing is consumed")
        }

        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services.map {
                    ServiceGroupConfiguration.ServiceConfiguration(
                        service: $0, successTerminationBehavior: .ignore,
                        failureTerminationBehavior: .gracefullyShutdownGroup)
                },
                gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet))
        do {
            try await group.run()
        } catch let failure as StartFailure {
            Terminal.error(failure.message)
            throw ExitCode(failure.exitCode)
        }
        logger.notice("promo-gateway stopped in good order")
    }

    private func route(
        _ mapping: RouteMapping, mongo: MongoDeployment, dynamic: DynamicCatalogs, status: ProcessStatus,
        reached: @escaping @Sendable (Checkpoint) -> Void
    ) throws -> CatalogRoute {
        let queue = mapping.queueName(settings)
        let prefetch = mapping.prefetch ?? settings.integer("rabbitMQ.prefetch") ?? settings.limits.prefetch
        let source = ConsumerConnection(
            address: try BrokerSettings.consumer(settings), queue: queue, prefetch: UInt16(clamping: prefetch),
            logger: Log.make(settings, label: "rabbitMQ"), options: Self.consumerOptions(reached: reached))
        let metrics = PipelineMetrics(route: mapping.name, logger: Log.make(settings, label: mapping.name))
        status.add(ProcessStatus.RouteParts(name: mapping.name, source: source, metrics: metrics))
        return CatalogRoute(
            name: mapping.name, versionField: mapping.versionField, source: source, mongo: mongo, settings: settings, catalogs: catalogs, dynamic: dynamic,
            metrics: metrics,
            status: status, logger: Log.make(settings, label: mapping.name))
    }

    private static func consumerOptions(reached: @escaping @Sendable (Checkpoint) -> Void) -> ConsumerOptions {
        var options = ConsumerOptions()
        options.reached = reached
        options.queuePolicy = .declareIfMissing
        options.productVersion = Version.text
        return options
    }

    /// Who is told of the steps on a batch's way: nobody, but for a test of crashes.
    private static func checkpoints() throws -> @Sendable (Checkpoint) -> Void {
        #if DEBUG
            if let crash = try CrashPoint() { return { crash.reached($0) } }
        #endif
        return { _ in }
    }

    private func console(registry: PrometheusRegistry, status: ProcessStatus) -> ConsoleServer {
        ConsoleServer(
            address: ConsoleServer.Address(
                host: settings.text("console.host") ?? "127.0.0.1", port: settings.integer("console.port") ?? 8080),
            content: ConsoleServer.Content(
                version: Version.text, readiness: { status.readiness },
                metrics: {
                    status.recordConnections()
                    return registry.text()
                }),
            logger: Log.make(settings, label: "console"))
    }

    /// The lifecycle's own lines say nothing that ours do not.
    private var quiet: Logger {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .error)
        return quiet
    }
}

/// Why the process could not do its work at all.
struct StartFailure: Error {
    let exitCode: Int32
    let message: String
}
