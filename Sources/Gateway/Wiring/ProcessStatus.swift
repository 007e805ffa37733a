internal import Console
internal import CoreMetrics
internal import MongoStore
internal import Pipeline
internal import RabbitMQ
internal import Synchronization

/// How the process and its parts are doing: what `/readyz` and the metrics tell.
final class ProcessStatus: Sendable {
    /// What one route is made of, as far as its health goes.
    struct RouteParts: Sendable {
        let name: String
        let source: ConsumerConnection
        let metrics: PipelineMetrics
    }

    private let routes = Mutex<[RouteParts]>([])
    private let mongo: MongoDeployment
    private let started = WallClock.now()
    private let draining = Atomic(false)

    init(mongo: MongoDeployment) { self.mongo = mongo }

    func add(_ route: RouteParts) { routes.withLock { $0.append(route) } }

    /// No new work from now on.
    func drain() { draining.store(true, ordering: .relaxed) }

    var readiness: Readiness {
        Readiness(
            isDraining: draining.load(ordering: .relaxed),
            guarantee: mongo.guarantee?.rawValue ?? "unknown until mongoDB is connected", parts: parts)
    }

    private var parts: [PartHealth] {
        let store = mongo.health
        var parts = [
            PartHealth(
                name: "mongoDB", ok: store.isUp && mongo.guarantee != nil, since: store.since,
                detail: store.isUp ? "connected, database \(mongo.database)" : store.detail)
        ]
        let routes = routes.withLock { $0 }
        guard !routes.isEmpty else {
            return parts + [
                PartHealth(name: "rabbitMQ", ok: true, since: started, detail: "rabbitMQ.enabled is false")
            ]
        }
        // One connection for each route; the part is as well as the least well of them.
        let brokers = routes.map(\.source.health)
        if let worst = brokers.first(where: { $0.state != .up }) ?? brokers.first {
            parts.append(
                PartHealth(
                    name: "rabbitMQ", ok: worst.state == .up, since: worst.since,
                    // An error of the connection names the broker itself.
                    detail: worst.state == .up || !worst.detail.hasPrefix("\(worst.address)")
                        ? "\(worst.address): \(worst.detail)" : worst.detail))
        }
        for route in routes {
            let waiting = route.metrics.waiting
            parts.append(
                PartHealth(
                    name: "route \(route.name)", ok: waiting == nil, since: waiting?.since ?? started,
                    detail: waiting?.error.message ?? "running"))
        }
        return parts
    }

    /// Sets `gateway_connection_up`; called when the metrics are read.
    func recordConnections() {
        for part in parts where !part.name.hasPrefix("route") {
            Gauge(label: "gateway_connection_up", dimensions: [("part", part.name)]).record(part.ok ? 1 : 0)
        }
    }
}
