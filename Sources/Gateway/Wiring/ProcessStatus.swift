internal import Console
internal import CoreMetrics
internal import MongoStore
internal import Pipeline
internal import RabbitMQ
internal import Synchronization

/// How the process and its parts are doing: what `/readyz` and the metrics tell.
final class ProcessStatus: Sendable {
    /// The consumer, once there is one.
    final class Slot: Sendable {
        private let state = Mutex<ConsumerConnection?>(nil)

        func set(_ consumer: ConsumerConnection) { state.withLock { $0 = consumer } }
        var value: ConsumerConnection? { state.withLock { $0 } }
    }

    let consumer = Slot()
    private let mongo: MongoDeployment
    private let metrics: PipelineMetrics
    private let started = WallClock.now()
    private let draining = Atomic(false)

    init(mongo: MongoDeployment, metrics: PipelineMetrics) {
        self.mongo = mongo
        self.metrics = metrics
    }

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
        if let broker = consumer.value?.health {
            parts.append(
                PartHealth(
                    name: "rabbitMQ", ok: broker.state == .up, since: broker.since,
                    detail: "\(broker.address): \(broker.detail)"))
        } else {
            parts.append(
                PartHealth(name: "rabbitMQ", ok: true, since: started, detail: "rabbitMQ.enabled is false"))
        }
        if let waiting = metrics.waiting {
            parts.append(
                PartHealth(
                    name: "route \(CatalogRoute.name)", ok: false, since: waiting.since, detail: waiting.error.message))
        } else {
            parts.append(
                PartHealth(name: "route \(CatalogRoute.name)", ok: true, since: started, detail: "running"))
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
