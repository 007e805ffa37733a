internal import Console
internal import Contracts
internal import Ingest
internal import Mappings
internal import MongoStore
internal import Output
internal import RabbitMQ
internal import Settings
internal import Synchronization

/// Status of the process and its parts, for `/readyz` and the metrics.
final class ProcessStatus: Sendable {
    /// The parts of a route that determine its health.
    struct RouteParts: Sendable {
        let name: String
        let inlets: RouteInlets
        /// Its queues or files.
        let sources: [String]
        let broker: BrokerAddress
        let metrics: IngestMetrics
        let isDraining: @Sendable () -> Bool
        /// Where its requests or connections come in; nil for other sources.
        var endpoint: StatusReport.Route.Endpoint?
        /// Its open connections; nil if it serves none.
        var sockets: @Sendable () -> Int? = { nil }
        /// Start of the route, in milliseconds since 1970.
        let since = WallClock.now()

        /// Whether a connection to one of its queues is down.
        var isCutOff: Bool { inlets.brokers.contains { !$0.health.isUp } }

        /// Warnings about its queues that lose messages, by declaration or by observed deliveries, and about what is not
        /// at the broker as declared.
        fileprivate var queueWarnings: [Readiness.Warning] {
            zip(sources, inlets.brokers).flatMap { queue, consumer in
                QueueWarnings.of(queue, losses: inlets.losses, returns: consumer.health.returns, since: since)
            } + inlets.keeper.warnings
        }
    }

    /// Whether messages are consumed from the broker.
    enum Consuming: Sendable, Equatable {
        /// Waiting for the collection `configuration`, which may forbid it.
        case undecided
        case wanted
        /// `rabbitMQ.enabled` is false.
        case disabled
        /// Missing settings.
        case lacking([String])
        /// Settings it depends on are unreadable, one line each.
        case stopped([String])

        init(_ configuration: Configuration) {
            let isSwitchKnown = configuration.settings.unreadable[.rabbitMQEnabled] == nil
            if !configuration.stopped.isEmpty, configuration.isEnabled || !isSwitchKnown {
                self = .stopped(configuration.stopped)
            } else if !configuration.isEnabled {
                self = .disabled
            } else {
                self = configuration.routes.isEmpty ? .lacking(configuration.missing) : .wanted
            }
        }
    }

    /// Sources of the configuration.
    enum Source: Sendable {
        case collection, files
    }

    private struct State {
        var routes: [Int: RouteParts] = [:]
        /// Whether the first routes have all been started.
        var hasStarted = false
        var off: [RouteOff] = []
        /// By route.
        var totals: [String: RouteTotals] = [:]
        var consuming = Consuming.undecided
        /// When `consuming` changed.
        var since = WallClock.now()
        /// `rabbitMQ.producer.enabled` is false.
        var isProducerOff = false
        /// Why nothing is published although it may be intended, one line each.
        var publishingStopped: [String] = []
        /// Why the configuration cannot be read, and since when.
        var troubles: [Source: (since: Int64, words: String)] = [:]
        /// Nil while nothing is published.
        var publishing: PublishingParts?
        /// What waits and what failed, as the store had it a second ago.
        var postings: [PostingSummary] = []
        /// Since when counting takes too long, in milliseconds since 1970; nil if it does not.
        var postingsUncountedSince: Int64?
        var deadLetters: [(state: DeadLetterState, count: Int)] = []
        /// Messages that wait, by queue.
        var waiting: [String: Int] = [:]
        /// Time of the last status request, in milliseconds since 1970.
        var lookedAt: Int64 = 0
        /// Time of the last metrics request.
        var metricsReadAt: Int64 = 0
    }

    /// Problems that need attention but do not affect readiness.
    let warnings = Warnings()
    private let state = Mutex(State())
    private let mongo: MongoDeployment
    let started = WallClock.now()
    private let draining = Atomic(false)

    init(mongo: MongoDeployment) { self.mongo = mongo }

    /// Routes by a unique number.
    func add(_ number: Int, _ route: RouteParts) { state.withLock { $0.routes[number] = route } }

    /// All routes that can run were started.
    func routesAreStarted() { state.withLock { state in if !state.routes.isEmpty { state.hasStarted = true } } }

    func remove(_ number: Int) { state.withLock { _ = $0.routes.removeValue(forKey: number) } }

    /// Routes that read queues, while rabbitMQ.enabled is false.
    var routesOff: [RouteOff] {
        get { state.withLock { $0.off } }
        set { state.withLock { $0.off = newValue } }
    }

    /// The counts of a route, which outlive its restarts.
    func totals(of route: String) -> RouteTotals {
        state.withLock { state in
            if let known = state.totals[route] { return known }
            let totals = RouteTotals()
            state.totals[route] = totals
            return totals
        }
    }

    /// When it was decided whether to consume, in milliseconds since 1970.
    var consumingSince: Int64 { state.withLock { $0.since } }

    var consuming: Consuming {
        get { state.withLock { $0.consuming } }
        set {
            state.withLock { state in
                guard state.consuming != newValue else { return }
                state.consuming = newValue
                state.since = WallClock.now()
            }
        }
    }

    /// Whether publishing is switched off.
    var isProducerOff: Bool {
        get { state.withLock { $0.isProducerOff } }
        set { state.withLock { $0.isProducerOff = newValue } }
    }

    /// Why nothing is published although it may be intended, one line each.
    var publishingStopped: [String] {
        get { state.withLock { $0.publishingStopped } }
        set { state.withLock { $0.publishingStopped = newValue } }
    }

    /// Why the configuration cannot be read from there; nil if it can.
    func note(_ trouble: String?, reading source: Source) {
        state.withLock { state in
            guard state.troubles[source]?.words != trouble else { return }
            state.troubles[source] = trouble.map { (WallClock.now(), $0) }
        }
    }

    var publishing: PublishingParts? {
        get { state.withLock { $0.publishing } }
        set { state.withLock { $0.publishing = newValue } }
    }

    var postings: [PostingSummary] {
        get { state.withLock { $0.postings } }
        set { state.withLock { $0.postings = newValue } }
    }

    /// Whether ``postings`` is current, rather than from before counting became too slow.
    var arePostingsCounted: Bool {
        get { state.withLock { $0.postingsUncountedSince == nil } }
        set {
            state.withLock { state in
                state.postingsUncountedSince = newValue ? nil : state.postingsUncountedSince ?? WallClock.now()
            }
        }
    }

    var deadLetters: [(state: DeadLetterState, count: Int)] {
        get { state.withLock { $0.deadLetters } }
        set { state.withLock { $0.deadLetters = newValue } }
    }

    /// Whether the status was requested recently.
    var isWatched: Bool { WallClock.now() - state.withLock { $0.lookedAt } < 15_000 }

    func isLookedAt() { state.withLock { $0.lookedAt = WallClock.now() } }

    /// Whether the metrics are scraped.
    var areMetricsRead: Bool { WallClock.now() - state.withLock { $0.metricsReadAt } < 120_000 }

    func metricsAreRead() { state.withLock { $0.metricsReadAt = WallClock.now() } }

    var waiting: [String: Int] {
        get { state.withLock { $0.waiting } }
        set { state.withLock { $0.waiting = newValue } }
    }

    /// Running routes, in order of their start.
    var routes: [RouteParts] { state.withLock { $0.routes.sorted { $0.key < $1.key }.map(\.value) } }

    /// Consumed queues, by broker.
    var consumedQueues: [BrokerAddress: [String]] {
        var queues: [BrokerAddress: [String]] = [:]
        for route in routes where !route.inlets.brokers.isEmpty { queues[route.broker, default: []] += route.sources }
        return queues
    }

    /// Stops new work.
    func drain() { draining.store(true, ordering: .relaxed) }

    var readiness: Readiness {
        Readiness(
            isDraining: draining.load(ordering: .relaxed),
            guarantee: mongo.guarantee?.rawValue ?? "unknown until mongoDB is connected", parts: parts,
            warnings: warnings.all + storeWarnings + postings.compactMap { Readiness.Warning($0) } + feedWarnings
                + (publishing?.topology.warnings ?? []) + routes.flatMap(\.queueWarnings) + logWarnings
                + readingWarnings
        ).redacted
    }

    private var readingWarnings: [Readiness.Warning] {
        state.withLock { $0.troubles.values }.sorted { $0.since < $1.since }.map {
            Readiness.Warning(name: "configuration", since: $0.since, detail: $0.words)
        }
    }

    /// A log that is not read cannot report it.
    private var logWarnings: [Readiness.Warning] {
        Terminal.log?.trouble.map { [Readiness.Warning(name: "log", since: $0.since, detail: $0.words)] } ?? []
    }

    /// Found when the store was connected.
    private var storeWarnings: [Readiness.Warning] {
        let since = mongo.health.since
        var warnings = mongo.notes.map { Readiness.Warning(name: "store", since: since, detail: $0) }
        if let uncounted = state.withLock({ $0.postingsUncountedSince }) {
            warnings.append(
                Readiness.Warning(
                    name: "store", since: uncounted,
                    detail:
                        "gateway.postings holds more rows than can be counted in two seconds, so the counts of postings may be"
                        + " old; 'gateway postings list' shows the first ones: fix their destinations"))
        }
        return warnings
    }

    /// Feeds that are blocked, or need attention.
    private var feedWarnings: [Readiness.Warning] {
        (publishing?.feeds() ?? []).compactMap { feed in
            guard case .holding(let reason) = feed.state else {
                return feed.advice.map {
                    Readiness.Warning(name: "feed \(feed.name)", since: $0.since, detail: $0.words)
                }
            }
            return Readiness.Warning(name: "feed \(feed.name)", since: feed.since, detail: reason)
        }
    }

    private var parts: [PartHealth] {
        let store = mongo.health
        var parts = [
            PartHealth(
                name: "mongoDB", ok: store.isUp && mongo.guarantee != nil, since: store.since,
                detail: store.isUp ? "connected, database \(mongo.database)" : store.detail)
        ]
        let state = state.withLock { $0 }
        let routes = state.routes.sorted { $0.key < $1.key }.map(\.value)
        parts.append(broker(state, routes))
        if !state.publishingStopped.isEmpty {
            parts.append(
                PartHealth(
                    name: "rabbitMQ producer", ok: false, since: state.since,
                    detail: Self.stopped(state.publishingStopped, "published")))
        } else if state.isProducerOff {
            parts.append(
                PartHealth(
                    name: "rabbitMQ producer", ok: true, since: state.since,
                    detail: "rabbitMQ.producer.enabled is false: nothing is published", isOff: true))
        }
        if let publisher = state.publishing?.publisher.health {
            parts.append(
                PartHealth(
                    name: "rabbitMQ producer", ok: publisher.isUp, since: publisher.since,
                    detail: publisher.isUp ? "\(publisher.address): \(publisher.detail)" : publisher.detail))
        }
        return parts + routes.map(health(of:))
    }

    private func health(of route: RouteParts) -> PartHealth {
        let name = "route \(route.name)"
        if let waiting = route.metrics.waiting {
            return PartHealth(name: name, ok: false, since: waiting.since, detail: waiting.error.message)
        }
        if let trouble = route.inlets.trouble() {
            return PartHealth(name: name, ok: false, since: trouble.since, detail: trouble.words)
        }
        return PartHealth(
            name: name, ok: true, since: route.since,
            // The broker's own part tells why.
            detail: route.isDraining()
                ? "takes no more and finishes what it has" : route.isCutOff ? "waits for the broker" : "running")
    }

    /// One connection for each queue; the health is that of the worst.
    private func broker(_ state: State, _ routes: [RouteParts]) -> PartHealth {
        let name = "rabbitMQ"
        // Routes start one after the other, and those without a queue have no connection to wait for.
        if !state.hasStarted, !routes.isEmpty {
            return PartHealth(name: name, ok: false, since: state.since, detail: "not all routes run yet")
        }
        let brokers = routes.flatMap { $0.inlets.brokers.map(\.health) }
        guard
            let worst = brokers.first(where: { !$0.isUp }) ?? brokers.first(where: { $0.state == .up }) ?? brokers.first
        else {
            let (ok, detail) = Self.words(
                for: state.consuming, trouble: state.troubles[.collection]?.words, hasRoutes: !routes.isEmpty,
                hasFeeds: !(state.publishing?.feeds() ?? []).isEmpty)
            return PartHealth(
                name: name, ok: ok, since: state.since, detail: detail, isOff: state.consuming == .disabled)
        }
        return PartHealth(
            name: name, ok: worst.isUp, since: worst.since,
            // A connection error already names the broker.
            detail: worst.isUp || !worst.detail.hasPrefix("\(worst.address)")
                ? "\(worst.address): \(worst.detail)" : worst.detail)
    }

    private static func stopped(_ words: [String], _ done: String) -> String {
        "nothing is \(done) until this is fixed: \(words.first ?? "")"
            + (words.count > 1 ? " (and \(words.count - 1) more, which the log tells)" : "")
    }

    /// While no route consumes from the broker; `hasRoutes`: others run.
    static func words(
        for consuming: Consuming, trouble: String?, hasRoutes: Bool, hasFeeds: Bool
    ) -> (ok: Bool, detail: String) {
        switch consuming {
        case .undecided:
            (
                false,
                trouble ?? "waits for the store: the collection 'configuration' has the last word on the settings"
            )
        case .wanted where hasRoutes: (true, "no route reads a queue")
        case .wanted: (false, "no route runs yet")
        case .disabled: (true, "rabbitMQ.enabled is false: disconnected")
        case .lacking(let words) where words.isEmpty && (hasRoutes || hasFeeds): (true, "no route reads a queue")
        case .lacking(let words): (false, words.first ?? "there is no route")
        case .stopped(let words): (false, stopped(words, "consumed"))
        }
    }
}

extension Readiness {
    /// Public, so secrets are removed.
    fileprivate var redacted: Readiness {
        var copy = self
        for index in copy.parts.indices { copy.parts[index].detail = Redactor.shared.clean(copy.parts[index].detail) }
        for index in copy.warnings.indices {
            copy.warnings[index].detail = Redactor.shared.clean(copy.warnings[index].detail)
        }
        return copy
    }
}
