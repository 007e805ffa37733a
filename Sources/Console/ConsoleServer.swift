internal import Glibc
internal import HTTPTypes
internal import Hummingbird
package import Logging
internal import NIOCore

/// The console's HTTP server: health, version and metrics.
package struct ConsoleServer: Sendable {
    package struct Address: Sendable {
        package var host: String
        package var port: Int

        package init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    /// What the server shows; asked at every request, from any thread, so it must be quick.
    package struct Content: Sendable {
        package var version: String
        package var readiness: @Sendable () -> Readiness
        package var status: @Sendable () -> StatusReport
        package var metrics: @Sendable () -> String

        package init(
            version: String, readiness: @escaping @Sendable () -> Readiness,
            status: @escaping @Sendable () -> StatusReport, metrics: @escaping @Sendable () -> String
        ) {
            self.version = version
            self.readiness = readiness
            self.status = status
            self.metrics = metrics
        }
    }

    package let address: Address
    private let content: Content
    private let logger: Logger

    package init(address: Address, content: Content, logger: Logger) {
        self.address = address
        self.content = content
        self.logger = logger
    }

    /// Serves until graceful shutdown (of the service group that this runs in). Throws when the address cannot be bound.
    package func run() async throws {
        let application = Application(
            router: router(),
            configuration: ApplicationConfiguration(
                address: .hostname(address.host, port: address.port), serverName: "promo-gateway"),
            onServerRunning: { [logger] channel in
                logger.info(
                    "console is listening", metadata: ["address": "\(channel.localAddress.map { "\($0)" } ?? "?")"])
            },
            logger: quiet)
        try await application.run()
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

    func router() -> Router<BasicRequestContext> {
        let router = Router()
        let content = content
        router.get("/livez") { _, _ in Self.json(.ok, HealthJSON.live()) }
        router.get("/readyz") { _, _ in
            let readiness = content.readiness()
            return Self.json(readiness.isReady ? .ok : .serviceUnavailable, HealthJSON.text(of: readiness))
        }
        router.get("/version") { _, _ in Self.json(.ok, HealthJSON.version(content.version)) }
        router.get("/api/status") { _, _ in Self.json(.ok, content.status().text) }
        router.get("/metrics") { _, _ in
            Self.response(.ok, "text/plain; version=0.0.4; charset=utf-8", content.metrics())
        }
        return router
    }

    private static func json(_ status: HTTPResponse.Status, _ text: String) -> Response {
        response(status, "application/json; charset=utf-8", text)
    }

    private static func response(_ status: HTTPResponse.Status, _ type: String, _ text: String) -> Response {
        Response(
            status: status, headers: [.contentType: type, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
