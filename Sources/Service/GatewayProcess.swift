internal import ArgumentParser
internal import Console
internal import Contracts
internal import CoreMetrics
internal import Logging
internal import MongoStore
internal import Operations
internal import Output
internal import ServiceLifecycle
package import Settings
internal import UnixSignals
internal import Web
internal import WebSockets

/// The running gateway: makes every part, runs them side by side and ends them in good order.
package struct GatewayProcess {
    private let first: Configuration
    private let hints: [String]
    private let reader: ConfigurationReader
    private let files: FileSnapshot
    private let log: LogThreshold
    private let logger: Logger

    /// `first`: what `reader` has read, without the collection, in these `files`. `hints`: what was said about it.
    package init(_ first: Configuration, hints: [String], reader: ConfigurationReader, files: FileSnapshot) {
        self.first = first
        self.files = files
        self.hints = hints
        self.reader = reader
        log = LogThreshold(first.settings[.logLevel])
        logger = Log.make(log, label: "gateway")
    }

    package func run() async throws {
        // A logger that a library makes for itself goes the same way.
        LoggingSystem.bootstrap { [log] label in Log(label: label, threshold: log) }
        let registry = PrometheusRegistry(
            help: IngestMetrics.help.merging(RequestMetrics.help) { own, _ in own }.merging(PushMetrics.help) {
                own, _ in own
            }, buckets: IngestMetrics.buckets)
        MetricsSystem.bootstrap(registry)

        let descriptors = DescriptorLimit.raised()
        let wanted = first.settings[.httpConnections]
        let places = ConnectionPlaces(most: descriptors.connections(wanted: wanted))
        if places.most < wanted, !first.settings.listeners.isEmpty {
            logger.warning(
                """
                of \(wanted) connections (http.connections) the listeners take \(places.most): the process may have \
                \(descriptors.most) descriptors; raise that limit (ulimit -Hn, LimitNOFILE)
                """)
        }
        let reached = try Self.checkpoints()
        var store = StoreAddress.settings(first.settings)
        store.reached = reached
        let mongo = try MongoDeployment(store, logger: Log.make(log, label: "mongoDB"))
        let status = ProcessStatus(mongo: mongo)
        let catalogs = CatalogTable(first.catalogs)
        let dynamic = DynamicCatalogs(mongo: mongo, catalogs: catalogs, logger: Log.make(log, label: "definitions"))
        let orders = RouteInbox()
        let signal = Signal()
        let tail = MessageTail()
        let router = WebRouter(mostConnections: places.most)
        let supervisor = RouteSupervisor(
            orders: orders, status: status, dynamic: dynamic, router: router, logger: logger
        ) {
            [log] form in
            RunningRoute(
                form, mongo: mongo, catalogs: catalogs, dynamic: dynamic, signal: signal,
                totals: status.totals(of: form.name), tail: tail, reached: reached, router: router, log: log)
        }
        let publishingInbox = PublishingInbox()
        let publishing = PublishingService(
            publishingInbox: publishingInbox, status: status, logger: Log.make(log, label: "publishing")
        ) { [log] form in
            RunningPublishing(form, mongo: mongo, signal: signal, reached: reached, log: log)
        }
        var trigger = ReloadTrigger(reader.stamps(first, lastRead: files), now: .zero, wallClock: WallClock.now())
        if !files.isCurrent() { trigger.hasChangedMeanwhile() }
        let board = ConfigurationBoard(first, at: WallClock.now())
        let reload = ReloadService(
            files: ConfigurationFiles(reader, first: files),
            collection: ConfigurationCollection(mongo: mongo, logger: Log.make(log, label: "configuration")),
            first: ConfigurationState(first, told: hints), trigger: trigger, catalogs: catalogs,
            orders: orders, publishingInbox: publishingInbox, status: status, board: board, log: log,
            logger: Log.make(log, label: "configuration"))
        let responder = ConsoleResponder(
            mongo: mongo, settings: reader.settings, catalogs: catalogs, board: board, tail: tail)
        let listenerFiles = ListenerFiles(first.settings)
        // Ended in reverse order.
        let outside: [any Service] =
            [
                StoreService(mongo: mongo, status: status, logger: logger),
                ConsoleService(
                    server: console(
                        registry: registry, status: status, hub: router.hub, responder: responder, tail: tail,
                        places: ConnectionPlaces(most: descriptors.consoleConnections)),
                    responder: responder),
            ] + listeners(router, mongo, listenerFiles, places)
        let inside: [any Service] = [
            DynamicFieldService(dynamic: dynamic), PostingWatch(mongo: mongo, status: status),
            QueueWatch(status: status),
            PushService(hub: router.hub, mongo: mongo, logger: Log.make(log, label: "pushes")),
            FileWatch(files: listenerFiles.followed, logger: Log.make(log, label: "http")), publishing, reload,
            supervisor,
        ]
        logger.notice("promo-gateway \(Version.text) starts", metadata: ["database": "\(mongo.database)"])

        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: (outside + inside).map {
                    ServiceGroupConfiguration.ServiceConfiguration(
                        service: $0, successTerminationBehavior: .ignore,
                        failureTerminationBehavior: .gracefullyShutdownGroup)
                },
                gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet))
        do {
            try await group.run()
        } catch let failure as StartFailure {
            throw ExitCode(failure.exitCode)
        }
        logger.notice("promo-gateway stopped in good order")
    }

    /// Called at the steps of each batch: only used by crash tests.
    private static func checkpoints() throws -> @Sendable (FaultPoint) -> Void {
        #if DEBUG
            if let crash = try FaultPointCrash() { return { crash.reached($0) } }
        #endif
        return { _ in }
    }

    /// The listeners of requests.
    private func listeners(
        _ router: WebRouter, _ mongo: MongoDeployment, _ files: ListenerFiles, _ places: ConnectionPlaces
    ) -> [any Service] {
        let metrics = RequestMetrics()
        return first.settings.listeners.map { listener in
            ListenerService(
                server: WebServer(
                    WebListener(name: listener.name, host: listener.host, port: listener.port), router: router,
                    access: files.access, certificate: files.certificates[listener.name],
                    places: places,
                    isStoreUp: { mongo.isReachable },
                    answered: { metrics.answered($0, status: $1, after: $2) }, logger: Log.make(log, label: "http")))
        }
    }

    private func console(
        registry: PrometheusRegistry, status: ProcessStatus, hub: PushHub, responder: ConsoleResponder,
        tail: MessageTail, places: ConnectionPlaces
    ) -> ConsoleServer {
        ConsoleServer(
            address: ConsoleServer.Address(
                host: first.settings[.consoleHost], port: first.settings[.consolePort]),
            tokens: AccessTokens(
                viewer: first.settings[.consoleViewerToken], operator: first.settings[.consoleOperatorToken]),
            content: ConsoleContent(
                version: Version.text, readiness: { status.readiness }, status: { status.report(isWatched: $0) },
                metrics: {
                    registry.text(
                        with: status.metrics() + PushMetrics.readings(of: hub)
                            + ProcessReadings.take(started: status.started))
                },
                now: { WallClock.now() }, messages: tail,
                back: ConsoleBackend(
                    answer: { question throws(ConsoleProblem) in try await responder.answer(question) },
                    carryOut: { order, who throws(ConsoleProblem) in try await responder.carryOut(order, by: who) })),
            places: places,
            logger: Log.make(log, label: "console"))
    }

    /// The lifecycle library's own messages add nothing to ours.
    private var quiet: Logger {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .error)
        return quiet
    }
}

/// The process could not start; the reason is already printed.
struct StartFailure: Error {
    let exitCode: Int32
}
