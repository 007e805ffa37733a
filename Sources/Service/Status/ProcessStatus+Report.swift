internal import Console
internal import Contracts
internal import Ingest
internal import Mappings
internal import MongoStore
internal import Settings

extension ProcessStatus {
    /// All of it, for `/api/status`. `isWatched`: it is being watched, so messages waiting in the queues are counted.
    package func report(isWatched: Bool) -> StatusReport {
        let now = WallClock.now()
        if isWatched { isLookedAt() }
        let running = routes
        let waiting = waiting
        let postings = postings
        let letters = deadLetters
        return StatusReport(
            version: Version.text, startedAt: started, readiness: readiness,
            routes: running.map { route in
                StatusReport.Route(
                    name: route.name, since: route.since, state: state(of: route),
                    sources: route.sources.map { ($0, waiting[$0]) }, hasQueues: !route.inlets.brokers.isEmpty,
                    countedSince: route.metrics.totals.since, messages: route.metrics.totals.messages,
                    items: route.metrics.totals.items,
                    itemsPerSecond: route.metrics.totals.itemsPerSecond(now: now), endpoint: route.endpoint,
                    answers: route.metrics.totals.answers, sockets: route.sockets())
            } + routesOff.filter { off in !running.contains { $0.name == off.name } }.map(report(off:)),
            feeds: (publishing?.feeds() ?? []).map { feed in
                // From the store, since the outbox relay deletes published rows.
                let failed = postings.filter { $0.name == feed.name }.reduce(0) { $0 + $1.failed + $1.stuck }
                return
                    StatusReport.Feed(
                        name: feed.name, state: feed.state.word, reason: feed.state.reason ?? feed.notice,
                        isHere: feed.isHolder, lastRunAt: feed.lastRun?.at, nextRunAt: feed.nextRunAt, failed: failed,
                        lagSeconds: feed.lagSeconds(now: now))
            },
            postings: postings.map { summary in
                StatusReport.Postings(
                    name: summary.name, destination: summary.destination, pending: summary.pending,
                    failed: summary.failed, stuck: summary.stuck, since: summary.failedSince, reason: summary.reason)
            },
            deadLetters: letters.map { ($0.state.rawValue, $0.count) },
            openDeadLetters: letters.first { $0.state == .open }?.count ?? 0)
    }

    private func state(of route: RouteParts) -> String {
        if route.metrics.waiting != nil { return "waits for the store" }
        if route.isDraining() { return "draining" }
        return route.isCutOff ? "waits for the broker" : "running"
    }

    /// Its queues are not counted: that would connect to a broker that is switched off.
    private func report(off route: RouteOff) -> StatusReport.Route {
        let totals = totals(of: route.name)
        return StatusReport.Route(
            name: route.name, since: consumingSince, state: "off", sources: route.sources.map { ($0, nil) },
            hasQueues: route.hasQueues, countedSince: totals.since, messages: totals.messages, items: totals.items,
            itemsPerSecond: 0)
    }
}

extension StatusReport.Route.Endpoint {
    /// Nil for other sources.
    init?(_ source: RouteSource) {
        switch source {
        case .http(let endpoint):
            self.init(
                listener: endpoint.listener, method: endpoint.method.rawValue, path: endpoint.path.text)
        case .webSocket(let endpoint): self.init(listener: endpoint.listener, method: nil, path: endpoint.path?.text)
        case .amqp, .timer, .file: return nil
        }
    }
}
