import Ingest
import BSON
import Contracts
import Foundation
import IngestTesting
import JSON
import Logging
import MongoStore
import RabbitMQ
import Synchronization
import Testing

/// One test's own way from a queue to a database: publishes into it, starts gateways on it and looks at both ends.
struct LiveRoute: Sendable {
    let servers: LiveServers
    let queue: String
    private let topology: Topology
    let store: StoreContents
    private let publisher: PublisherConnection
    private let database: String
    /// Where its gateways run.
    let directory: URL
    private let evidence = Evidence()

    /// Runs `body` on a fresh queue and database. Both, and all gateways, are gone afterwards; whatever `body` throws is an
    /// issue that shows what the gateways said.
    static func with(
        queueArguments: [MessageProperties.Header] = [], _ body: (LiveRoute) async throws -> Void
    ) async throws {
        let route = try await LiveRoute(queueArguments)
        await Evidence.$current.withValue(route.evidence) {
            do { try await body(route) } catch { Issue.record(error) }
        }
        try await route.end()
    }

    private init(_ queueArguments: [MessageProperties.Header]) async throws {
        servers = try LiveServers.current()
        let name = "route-" + String(UInt64.random(in: .min ... .max), radix: 36)
        queue = name
        database = name
        directory = try Scratch.directory()
        let address = try BrokerAddress(uri: servers.brokerURI)
        topology = Topology(address: address)
        publisher = PublisherConnection(address: address, logger: Self.silent)
        store = try await StoreContents(uri: servers.storeURI, database: database)
        try await topology.declareQueue(queue, arguments: queueArguments)
    }

    /// Does all of it, whatever fails.
    private func end() async throws {
        for gateway in evidence.gateways where gateway.isRunning { try? await gateway.kill() }
        await publisher.close()
        try? FileManager.default.removeItem(at: directory)
        try await store.dropAndClose()
        try await topology.deleteQueue(queue)
    }

    private static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    // MARK: Gateways

    /// A gateway's settings for this route, as environment variables.
    var settings: [String: String] {
        [
            "RABBITMQ_URI": servers.brokerURI, "RABBITMQ_ENDPOINT_NAME": queue, "MONGODB_URI": servers.storeURI,
            "MONGODB_DATABASE": database,
        ]
    }

    /// Starts a gateway; `more` settings as environment variables. It need not be ready yet.
    func start(_ more: [String: String] = [:], errors: FileHandle? = nil) throws -> GatewayProcess {
        let gateway = try GatewayProcess(settings.merging(more) { _, new in new }, in: directory, errors: errors)
        evidence.add(gateway)
        return gateway
    }

    /// Starts a gateway and waits until it is ready.
    func startReady(_ more: [String: String] = [:]) async throws -> GatewayProcess {
        let gateway = try start(more)
        try await gateway.waitUntilReady()
        return gateway
    }

    /// A last gateway processes the rest; then it is stopped, and must do so in good order.
    func finish(_ gateway: GatewayProcess, _ workload: RouteWorkload, within limit: Duration = .seconds(60))
        async throws
    {
        try await gateway.waitUntilReady()
        // What a gateway held that is gone comes back to the queue when the broker has noticed.
        try await gateway.wait("only the last gateway consumes") {
            try await topology.queue(queue).consumerCount == 1
        }
        try await waitUntilSettled(workload, by: gateway, within: limit)
        let exit = try await gateway.terminate()
        #expect(exit.code == 0)
        #expect(exit.after < .seconds(10), "SIGTERM took \(exit.after)")
    }

    /// Until the ledger has every message and the queue is empty.
    func waitUntilSettled(
        _ workload: RouteWorkload, by gateway: GatewayProcess, within limit: Duration = .seconds(60)
    ) async throws {
        let expected = Set(workload.messages.map { $0.ledgerID(queue: queue) }).count
        var settled = 0
        try await gateway.wait("\(settled) of \(expected) messages are settled", within: limit) {
            settled = (try? await store.settledMessages()) ?? settled
            return settled >= expected
        }
        try await gateway.wait("the queue is empty", within: limit) {
            (try? await queueLength()) == 0
        }
    }

    /// Messages that no gateway holds: all that are not acknowledged, once none runs any more.
    func queueLength() async throws -> Int { try await topology.queue(queue).messageCount }

    /// How many consume from the queue, or from another one, as the broker sees it.
    func consumerCount(of other: String? = nil) async throws -> Int {
        try await topology.queue(other ?? queue).consumerCount
    }

    /// Removes a queue that a gateway has made for a test.
    func delete(queue: String) async throws { try await topology.deleteQueue(queue) }

    // MARK: Publishing

    /// Publishes in this order and returns when the broker has confirmed all. What the broker may not have got is sent
    /// again from there on.
    func publish(_ messages: [SentMessage]) async throws {
        try await publish(postings: messages.map { $0.posting(to: queue) })
    }

    func publish(postings: [Posting]) async throws {
        var rest = postings[...]
        let end = ContinuousClock.now + .seconds(120)
        while !rest.isEmpty {
            guard ContinuousClock.now < end else {
                throw Patience.Lost(description: "the broker has not confirmed \(rest.count) messages in two minutes")
            }
            let results = await publisher.publish(Array(rest.prefix(500)))
            guard let failed = results.firstIndex(where: { $0 != .confirmed }) else {
                rest = rest.dropFirst(results.count)
                continue
            }
            guard case .unknown = results[failed] else { throw Patience.Lost(description: "\(results[failed])") }
            rest = rest.dropFirst(failed)
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Publishes messages of `workload` at a rate per second for as long as `body` runs, and returns the workload as it then
    /// is.
    func underLoad(
        of workload: RouteWorkload, perSecond: Int = 400, _ body: () async throws -> Void
    ) async throws -> RouteWorkload {
        let end = LoadEnd()
        async let load = publish(workload, perSecond: perSecond, until: end)
        do {
            try await body()
        } catch {
            end.come()
            _ = try? await load
            throw error
        }
        end.come()
        return try await load
    }

    private func publish(
        _ workload: RouteWorkload, perSecond: Int, until end: LoadEnd
    ) async throws -> RouteWorkload {
        var workload = workload
        let messagesAtOnce = 20
        var next = ContinuousClock.now
        while !end.hasCome {
            try await publish((0..<messagesAtOnce).map { _ in workload.next() })
            next = max(next + .seconds(1) / (perSecond / messagesAtOnce), .now - .seconds(1))
            try await Task.sleep(until: next)
        }
        return workload
    }
}

/// Tells the load generator to stop.
private final class LoadEnd: Sendable {
    private let isThere = Mutex(false)

    func come() { isThere.withLock { $0 = true } }
    var hasCome: Bool { isThere.withLock { $0 } }
}
