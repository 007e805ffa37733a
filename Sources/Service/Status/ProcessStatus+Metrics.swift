internal import Console
internal import Contracts
internal import MongoStore
internal import RabbitMQ
internal import Settings

extension ProcessStatus {
    /// Values read on each scrape: the same as in `/readyz` and the banner.
    package func metrics() -> [MetricReading] {
        metricsAreRead()
        let readiness = readiness
        let now = WallClock.now()
        var all = [
            MetricReading("gateway_info", [("version", Version.text), ("guarantee", readiness.guarantee)], 1),
            MetricReading("gateway_ready", [], readiness.isReady),
        ]
        all += readiness.parts.map { MetricReading("gateway_part_up", [("part", $0.name)], $0.ok) }
        all += readiness.warnings.map { MetricReading("gateway_warning", [("name", $0.name)], 1) }
        all += connections(readiness)
        for feed in publishing?.feeds() ?? [] {
            guard let lag = feed.lagSeconds(now: now) else { continue }
            all.append(MetricReading("gateway_feed_lag_seconds", [("feed", feed.name)], lag))
        }
        for (queue, count) in waiting {
            all.append(MetricReading("gateway_queue_messages", [("queue", queue)], Double(count)))
        }
        return all + waitingPostings
    }

    private func connections(_ readiness: Readiness) -> [MetricReading] {
        let brokers = routes.flatMap { $0.inlets.brokers.map(\.health.state) }
        var parts = [
            ("mongoDB", readiness.parts.contains { $0.name == "mongoDB" && $0.ok }),
            ("rabbitMQ", !brokers.isEmpty && brokers.allSatisfy { $0 == .up }),
        ]
        if let publishing { parts.append(("rabbitMQ producer", publishing.publisher.health.state == .up)) }
        return parts.map { MetricReading("gateway_connection_up", [("part", $0.0)], $0.1) }
    }

    /// A name may publish to several destinations.
    private var waitingPostings: [MetricReading] {
        var counts: [String: (pending: Int, failed: Int, stuck: Int)] = [:]
        for summary in postings {
            let before = counts[summary.name] ?? (0, 0, 0)
            counts[summary.name] = (
                before.pending + summary.pending, before.failed + summary.failed, before.stuck + summary.stuck
            )
        }
        return counts.flatMap { name, count in
            [("pending", count.pending), ("failed", count.failed), ("stuck", count.stuck)].map { state, count in
                MetricReading("gateway_postings_waiting", [("feed", name), ("state", state)], Double(count))
            }
        }
    }
}
