import Ingest
import Contracts
import JSON
import Logging
import RabbitMQ

/// A queue that the gateway publishes to, as somebody else's consumer sees it.
struct PostedQueue: Sendable {
    struct Received: Sendable {
        let id: String
        let body: String
        let correlationId: String?
    }

    let name: String
    private let topology: Topology

    init(of route: LiveRoute, _ suffix: String) throws {
        name = "\(route.queue)-\(suffix)"
        topology = Topology(address: try BrokerAddress(uri: route.servers.brokerURI))
    }

    func declare() async throws { try await topology.declareQueue(name) }

    func delete() async throws { try await topology.deleteQueue(name) }

    var length: Int {
        get async throws { try await topology.queue(name).messageCount }
    }

    /// Takes all that is there, in order.
    func receive() async throws -> [Received] {
        let total = try await length
        guard total > 0 else { return [] }
        let source = ConsumerConnection(
            address: topology.address, queue: name, prefetch: 5000,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let limit = Task {
            try await Task.sleep(for: .seconds(60))
            await source.close()
        }
        var received: [Received] = []
        for await event in source.events {
            guard case .deliveries(let deliveries) = event else { continue }
            for delivery in deliveries {
                received.append(
                    Received(
                        id: delivery.properties.messageId?.description ?? "",
                        body: String(decoding: delivery.body, as: UTF8.self),
                        correlationId: delivery.properties.correlationId?.description))
                source.acknowledge(upTo: delivery.tag)
            }
            if received.count >= total { break }
        }
        limit.cancel()
        source.stop()
        await source.close()
        guard received.count >= total else {
            throw Patience.Lost(description: "\(received.count) of \(total) messages came within a minute")
        }
        return received
    }
}
