internal import JSON
internal import BSON

/// The response of `/api/status`: what runs, rates, backlogs and problems.
package struct StatusReport: Sendable {
    package struct Route: Sendable {
        package var name: String
        package var since: Int64
        package var state: String
        /// Sources and their number of waiting messages; nil if unknown.
        package var sources: [(name: String, waiting: Int?)]
        /// Whether its sources are queues, whose messages can be counted.
        package var hasQueues: Bool
        /// Start of the counts; a restart of the route does not change it.
        package var countedSince: Int64
        /// Messages and items since then, by outcome.
        package var messages: [(outcome: String, count: Int)]
        package var items: [(outcome: String, count: Int)]
        /// Average of the last ten seconds.
        package var itemsPerSecond: Double
        /// Where its requests or connections come in; nil for other sources.
        package var endpoint: Endpoint?
        /// Answers of its requests since then, by class of their status: `2xx`.
        package var answers: [(status: String, count: Int)]
        /// Connections open now, at this gateway; nil if it serves none.
        package var sockets: Int?

        /// `method`: nil for sockets. `path`: nil for any.
        package struct Endpoint: Sendable {
            package var listener: String
            package var method: String?
            package var path: String?

            package init(listener: String, method: String?, path: String?) {
                self.listener = listener
                self.method = method
                self.path = path
            }
        }

        package init(
            name: String, since: Int64, state: String, sources: [(name: String, waiting: Int?)],
            hasQueues: Bool = true, countedSince: Int64? = nil, messages: [(outcome: String, count: Int)],
            items: [(outcome: String, count: Int)], itemsPerSecond: Double, endpoint: Endpoint? = nil,
            answers: [(status: String, count: Int)] = [], sockets: Int? = nil
        ) {
            self.name = name
            self.since = since
            self.state = state
            self.sources = sources
            self.hasQueues = hasQueues
            self.countedSince = countedSince ?? since
            self.messages = messages
            self.items = items
            self.itemsPerSecond = itemsPerSecond
            self.endpoint = endpoint
            self.answers = answers
            self.sockets = sockets
        }

        /// Messages that wait in its queues; nil if that of one is unknown.
        var waiting: Int? {
            guard hasQueues else { return 0 }
            return sources.reduce(0) { sum, source in
                guard let sum, let waiting = source.waiting else { return nil }
                return sum + waiting
            }
        }
    }

    /// Messages that wait in the queues of all routes; nil if that of one is unknown.
    var waiting: Int? {
        routes.reduce(0) { sum, route in
            guard let sum, let waiting = route.waiting else { return nil }
            return sum + waiting
        }
    }

    package struct Feed: Sendable {
        package var name: String
        package var state: String
        /// Reason for the state, if relevant.
        package var reason: String?
        package var isHere: Bool
        package var lastRunAt: Int64?
        package var nextRunAt: Int64?
        package var failed: Int
        package var lagSeconds: Double?

        package init(
            name: String, state: String, reason: String?, isHere: Bool, lastRunAt: Int64?, nextRunAt: Int64?,
            failed: Int, lagSeconds: Double?
        ) {
            self.name = name
            self.state = state
            self.reason = reason
            self.isHere = isHere
            self.lastRunAt = lastRunAt
            self.nextRunAt = nextRunAt
            self.failed = failed
            self.lagSeconds = lagSeconds
        }
    }

    package struct Postings: Sendable {
        package var name: String
        package var destination: String
        package var pending: Int
        package var failed: Int
        package var stuck: Int
        package var since: Int64?
        package var reason: String?

        package init(
            name: String, destination: String, pending: Int, failed: Int, stuck: Int, since: Int64?, reason: String?
        ) {
            self.name = name
            self.destination = destination
            self.pending = pending
            self.failed = failed
            self.stuck = stuck
            self.since = since
            self.reason = reason
        }
    }

    package var version: String
    package var startedAt: Int64
    package var readiness: Readiness
    package var routes: [Route]
    package var feeds: [Feed]
    package var postings: [Postings]
    /// By state, as people see them.
    package var deadLetters: [(state: String, count: Int)]
    /// Those that need an operator.
    package var openDeadLetters: Int

    package init(
        version: String, startedAt: Int64, readiness: Readiness, routes: [Route], feeds: [Feed], postings: [Postings],
        deadLetters: [(state: String, count: Int)], openDeadLetters: Int
    ) {
        self.version = version
        self.startedAt = startedAt
        self.readiness = readiness
        self.routes = routes
        self.feeds = feeds
        self.postings = postings
        self.deadLetters = deadLetters
        self.openDeadLetters = openDeadLetters
    }

    package var text: String {
        var object = JSONObjectText()
        object.add("version", version)
        object.add("startedAt", Instant.text(milliseconds: startedAt))
        object.add("status", readiness.word)
        object.add("guarantee", readiness.guarantee)
        object.add("banner", objects: readiness.banner.map { $0.text })
        object.add("parts", objects: readiness.parts.map { HealthJSON.text(of: $0, showsState: true) })
        object.add("routes", objects: routes.map(Self.text))
        object.add("feeds", objects: feeds.map(Self.text))
        object.add("postings", objects: postings.map(Self.text))
        object.add("deadLetters", raw: Self.counts(deadLetters.map { ($0.state, $0.count) }))
        return object.text
    }

    private static func text(_ route: Route) -> String {
        var object = JSONObjectText()
        object.add("name", route.name)
        object.add("state", route.state)
        object.add("since", Instant.text(milliseconds: route.since))
        object.add("countedSince", Instant.text(milliseconds: route.countedSince))
        object.add("hasQueues", route.hasQueues)
        object.add(
            "sources",
            objects: route.sources.map { source in
                var own = JSONObjectText()
                own.add("name", source.name)
                own.add("waiting", source.waiting)
                return own.text
            })
        object.add("messages", raw: counts(route.messages.map { ($0.outcome, $0.count) }))
        object.add("items", raw: counts(route.items.map { ($0.outcome, $0.count) }))
        object.add("itemsPerSecond", raw: "\((route.itemsPerSecond * 10).rounded() / 10)")
        object.add("endpoint", raw: route.endpoint.map(text) ?? "null")
        object.add("answers", raw: counts(route.answers.map { ($0.status, $0.count) }))
        object.add("sockets", route.sockets)
        return object.text
    }

    private static func text(_ endpoint: Route.Endpoint) -> String {
        var object = JSONObjectText()
        object.add("listener", endpoint.listener)
        object.add("method", endpoint.method)
        object.add("path", endpoint.path)
        return object.text
    }

    private static func text(_ feed: Feed) -> String {
        var object = JSONObjectText()
        object.add("name", feed.name)
        object.add("state", feed.state)
        object.add("reason", feed.reason)
        object.add("isHere", feed.isHere)
        object.add("lastRunAt", feed.lastRunAt.map { Instant.text(milliseconds: $0) })
        object.add("nextRunAt", feed.nextRunAt.map { Instant.text(milliseconds: $0) })
        object.add("failed", feed.failed)
        object.add("lagSeconds", raw: feed.lagSeconds.map { "\($0)" } ?? "null")
        return object.text
    }

    static func text(_ postings: Postings) -> String {
        var object = JSONObjectText()
        object.add("name", postings.name)
        object.add("destination", postings.destination)
        object.add("pending", postings.pending)
        object.add("failed", postings.failed)
        object.add("stuck", postings.stuck)
        object.add("since", postings.since.map { Instant.text(milliseconds: $0) })
        object.add("reason", postings.reason)
        return object.text
    }

    static func counts(_ counts: [(String, Int)]) -> String {
        var object = JSONObjectText()
        for (name, count) in counts { object.add(name, count) }
        return object.text
    }
}
