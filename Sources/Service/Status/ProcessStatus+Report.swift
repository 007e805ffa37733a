internal import Console
internal import Contracts
internal import Ingest
internal import MongoStore
internal import Settings

extension ProcessStatus {
    /// All of it, for `/api/status`. `isWatched`: it is being watched, so messages waiting in the queues are counted.
    package func report(isWatched: Bool) -> StatusReport {
        let now = WallClock.now()
        if isWatched { isLookedAt() }
        let waiting = waiting
        let postings = postings
        let letters = deadLetters
        return StatusReport(
            version: Version.text, startedAt: started, readiness: readiness,
            routes: routes.map { route in
                StatusReport.Route(
                    name: route.name, since: route.since, state: state(of: route),
                    sources: route.sources.map { ($0, waiting[$0]) }, messages: route.metrics.totals.messages,
                    items: route.metrics.totals.items,
                    itemsPerSecond: route.metrics.totals.itemsPerSecond(now: now))
            },
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
        return route.isDraining() ? "draining" : "running"
    }
}
