import Console
import Contracts
import Ingest
import Logging
import MongoStore
import Output
import Settings
@testable import Mappings
@testable import Service
import Testing
import Web

/// What `/readyz` says while the first routes start, one after the other.
@Suite struct StartReadinessTests {
    private let router = WebRouter()
    private let log = LogThreshold(.critical)

    /// Of a gateway whose routes read no queue, so that no connection is waited for.
    private func status() throws -> ProcessStatus {
        // Nobody connects.
        let status = ProcessStatus(
            mongo: try MongoDeployment(
                MongoSettings(uri: "mongodb://127.0.0.1:1/", database: "none"), logger: Logger(label: "mongo")))
        status.consuming = .wanted
        return status
    }

    private func parts(_ number: Int, of status: ProcessStatus) throws -> ProcessStatus.RouteParts {
        let text = """
            routes:
              r\(number):
                from: { http: { method: GET, path: /\(number) } }
                read: { collection: any }
                message: { fields: { code: .code } }
            """
        let (table, mistakes) = MappingCompiler.compile(
            files: [("r.yaml", text)], context: MappingContext(settings: []))
        #expect(mistakes.isEmpty, "\(mistakes)")
        let settings = SettingsReader(environment: [:]).read().settings
        let form = RouteConfiguration(
            try #require(table?.routes.first), broker: try BrokerSettings.consumer(settings), settings: settings)
        let environment = GatewayEnvironment(now: { 0 }, seed: { 0 }, sleep: { try await Task.sleep(for: $0) })
        return ProcessStatus.RouteParts(
            name: form.name,
            inlets: RouteInlets(form, environment: environment, reached: { _ in }, router: router, log: log),
            sources: form.sourceNames, broker: form.terms.broker,
            metrics: IngestMetrics(
                route: form.name, totals: RouteTotals(), signal: Signal(), tail: MessageTail(),
                logger: Logger(label: "route")),
            isDraining: { false })
    }

    private func broker(_ status: ProcessStatus) throws -> PartHealth {
        try #require(status.readiness.parts.first { $0.name == "rabbitMQ" })
    }

    @Test func `it is not ready until all routes are started, and stays so when one starts again`() throws {
        let status = try status()
        #expect(try !broker(status).ok)
        for number in 1...3 {
            status.add(number, try parts(number, of: status))
            let waiting = try broker(status)
            #expect(!waiting.ok && waiting.detail == "not all routes run yet", "after route \(number)")
        }
        status.routesAreStarted()
        #expect(try broker(status).ok)
        status.remove(2)
        status.add(4, try parts(4, of: status))
        #expect(try broker(status).ok)
    }

    @Test func `what is decided while there is no route does not count for those that come`() throws {
        let status = try status()
        status.routesAreStarted()
        status.add(1, try parts(1, of: status))
        #expect(try !broker(status).ok)
        status.routesAreStarted()
        #expect(try broker(status).ok)
    }
}
