internal import Glibc
internal import Hummingbird
internal import HummingbirdCore
package import Logging
internal import NIOCore
internal import ServiceLifecycle
package import WebSockets

/// The console's HTTP server: public health, version and metrics; pages and API with access control.
package struct ConsoleServer: Sendable {
    package struct Address: Sendable {
        package var host: String
        package var port: Int

        package init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    package let address: Address
    /// Maximum number of connections; further ones wait to be accepted.
    /// Closes connections that stay idle or send a request too slowly. A response may take longer.
    private static let idleTimeout = TimeAmount.seconds(60)

    private let access: AccessGuard
    private let content: ConsoleContent
    private let pulse: PulseService
    private let numbering: EventNumbering
    private let places: ConnectionPlaces
    private let logger: Logger

    package init(
        address: Address, tokens: AccessTokens, content: ConsoleContent, places: ConnectionPlaces, logger: Logger
    ) {
        self.places = places
        self.address = address
        access = AccessGuard(tokens: tokens)
        self.content = content
        self.logger = logger
        numbering = EventNumbering(run: String(content.now(), radix: 36))
        pulse = PulseService(status: content.status, now: content.now)
    }

    /// Serves until graceful shutdown of its service group. Throws if the address cannot be bound.
    package func run() async throws {
        let socket = EventSocket(
            access: access, hub: pulse.hub, numbering: numbering, routes: { [content] in content.routeNames })
        let application = Application(
            router: router(),
            server: HTTPServerBuilder { responder in
                UpgradableChannel(
                    responder: responder, idleTimeout: Self.idleTimeout, terms: WebSocketConfiguration(),
                    places: places,
                    door: { socket.opening($0, from: $1) })
            },
            configuration: ApplicationConfiguration(
                address: .hostname(address.host, port: address.port), serverName: "promo-gateway"),
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
            // Event streams never end on their own, and the server waits for every response.
            pulse.hub.close()
        }
    }

    /// Why the address could not be bound: the system's error message.
    package static func reason(_ error: any Error) -> String {
        guard let error = error as? IOError else { return "\(error)" }
        return String(cString: strerror(error.errnoCode))
    }

    /// Suppresses Hummingbird's start and stop messages, which would repeat ours.
    private var quiet: Logger {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        return quiet
    }

    func router() -> Router<ConsoleContext> {
        // Built twice: once to collect each path's methods, once behind the middleware that answers unknown ones.
        let addresses = Router(context: ConsoleContext.self, options: .autoGenerateHeadEndpoints)
        add(to: addresses)
        let router = Router(context: ConsoleContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: SecurityHeaders(allowed: AllowedMethods(addresses)))
        add(to: router)
        return router
    }

    private func add(to router: Router<ConsoleContext>) {
        let content = content
        HealthAPI(content: content).add(to: router)
        let pulse = pulse
        ConsoleAPI(
            content: content, access: access,
            events: EventStream(hub: pulse.hub, numbering: numbering, routes: { content.routeNames }),
            history: { pulse.historyText }
        ).add(to: router)
        PageFiles.add(to: router)
    }
}
