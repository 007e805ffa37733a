internal import Glibc
internal import Hummingbird
internal import HummingbirdCore
package import Logging
internal import NIOCore
internal import ServiceLifecycle

/// The console's HTTP server: health, version and metrics for everybody; pages and what they ask for those who may.
package struct ConsoleServer: Sendable {
    package struct Address: Sendable {
        package var host: String
        package var port: Int

        package init(host: String, port: Int) {
            self.host = host
            self.port = port
        }

        /// Whether only programs on the same machine reach it there.
        package static func isLoopback(_ host: String) -> Bool {
            if ["localhost", "::1", "[::1]"].contains(host.lowercased()) { return true }
            let parts = host.split(separator: ".", omittingEmptySubsequences: false)
            return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
        }
    }

    /// What the server shows; asked at every request, from any thread, so it must be quick.
    package struct Content: Sendable {
        package var version: String
        package var readiness: @Sendable () -> Readiness
        /// Told is whether somebody looks at it.
        package var status: @Sendable (_ isWatched: Bool) -> StatusReport
        package var metrics: @Sendable () -> String
        /// Milliseconds since 1970.
        package var now: @Sendable () -> Int64
        package var messages: MessageTail
        /// What takes longer: the store is asked.
        package var back: ConsoleBack

        package init(
            version: String, readiness: @escaping @Sendable () -> Readiness,
            status: @escaping @Sendable (_ isWatched: Bool) -> StatusReport, metrics: @escaping @Sendable () -> String,
            now: @escaping @Sendable () -> Int64, messages: MessageTail, back: ConsoleBack
        ) {
            self.version = version
            self.readiness = readiness
            self.status = status
            self.metrics = metrics
            self.now = now
            self.messages = messages
            self.back = back
        }

        /// Of those that run.
        var routeNames: [String] { status(false).routes.map(\.name) }
    }

    package let address: Address
    /// Of connections at a time; the next ones wait to be accepted.
    private static let mostConnections = 1000
    /// After which a connection is closed that asks nothing, or goes on asking without an end. An answer may take longer.
    private static let idleTimeout = TimeAmount.seconds(60)

    private let access: AccessGuard
    private let content: Content
    private let pulse: PulseService
    private let numbering: EventNumbering
    private let logger: Logger

    package init(address: Address, tokens: AccessTokens, content: Content, logger: Logger) {
        self.address = address
        access = AccessGuard(tokens: tokens)
        self.content = content
        self.logger = logger
        numbering = EventNumbering(run: String(content.now(), radix: 36))
        pulse = PulseService(status: content.status, now: content.now)
    }

    /// Serves until graceful shutdown (of the service group that this runs in). Throws when the address cannot be bound.
    package func run() async throws {
        let socket = EventSocket(
            access: access, hub: pulse.hub, numbering: numbering, routes: { [content] in content.routeNames })
        let application = Application(
            router: router(),
            server: HTTPServerBuilder { responder in
                UpgradableChannel(
                    responder: responder, idleTimeout: Self.idleTimeout, terms: WebSocketTerms(),
                    door: { socket.opening($0, from: $1) })
            },
            configuration: ApplicationConfiguration(
                address: .hostname(address.host, port: address.port), serverName: "promo-gateway",
                availableConnectionsDelegate: MaximumAvailableConnections(Self.mostConnections, logger: quiet)),
            onServerRunning: { [logger] channel in
                logger.info(
                    "console is listening", metadata: ["address": "\(channel.localAddress.map { "\($0)" } ?? "?")"])
            },
            logger: quiet)
        let pulse = pulse
        try await withGracefulShutdownHandler {
            async let _: Void = pulse.run()
            try await application.run()
            // The pulse ends with this scope.
        } onGracefulShutdown: {
            // A stream has no end of its own, and the server waits for every answer.
            pulse.hub.close()
        }
    }

    /// Why the address could not be bound, in the system's words.
    package static func reason(_ error: any Error) -> String {
        guard let error = error as? IOError else { return "\(error)" }
        return String(cString: strerror(error.errnoCode))
    }

    /// Hummingbird's own start and stop lines would repeat ours.
    private var quiet: Logger {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        return quiet
    }

    func router() -> Router<ConsoleContext> {
        // Once to learn which methods the addresses take, and once behind the middleware that answers for the others.
        let addresses = Router(context: ConsoleContext.self, options: .autoGenerateHeadEndpoints)
        add(to: addresses)
        let router = Router(context: ConsoleContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: SecurityHeaders(allowed: AllowedMethods(addresses)))
        add(to: router)
        return router
    }

    private func add(to router: Router<ConsoleContext>) {
        let content = content
        router.get("/livez") { _, _ in Reply.json(HealthJSON.live()) }
        router.get("/readyz") { _, _ in
            let readiness = content.readiness()
            return Reply.json(HealthJSON.text(of: readiness), status: readiness.isReady ? .ok : .serviceUnavailable)
        }
        router.get("/version") { _, _ in Reply.json(HealthJSON.version(content.version)) }
        router.get("/metrics") { _, _ in
            Reply.text(content.metrics(), type: "text/plain; version=0.0.4; charset=utf-8")
        }
        let pulse = pulse
        ConsoleAPI(
            content: content, access: access,
            events: EventStream(hub: pulse.hub, numbering: numbering, routes: { content.routeNames }),
            history: { pulse.historyText }
        ).add(to: router)
        PageFiles.add(to: router)
    }
}
