internal import Console
internal import Mappings
internal import MongoStore
internal import Pipeline
internal import RabbitMQ
internal import Synchronization

/// How the process and its parts are doing: what `/readyz` and the metrics tell.
final class ProcessStatus: Sendable {
    /// What one route is made of, as far as its health goes.
    struct RouteParts: Sendable {
        let name: String
        let inlets: RouteInlets
        /// Queues or files that its messages come from.
        let sources: [String]
        let broker: BrokerAddress
        let metrics: PipelineMetrics
        let isDraining: @Sendable () -> Bool
        /// When it began to run, in milliseconds since 1970.
        let since = WallClock.now()

        /// Its queues that lose messages, as they are declared or as far as the deliveries tell.
        fileprivate var queueWarnings: [Readiness.Warning] {
            zip(sources, inlets.brokers).flatMap { queue, consumer in
                var details = inlets.losses.map { loss in (loss.argument.map { $0 + ": " } ?? "") + loss.words }
                let returns = consumer.health.returns
                if returns > 0 {
                    details.append(
                        "messages were given back up to \(returns) times; where the queue has a delivery limit, by its arguments or"
                            + " a policy, they are dropped beyond it: give it a dead-letter exchange, and see why they"
                            + " are given back (lost connections, an outage of the store)")
                }
                return details.map { Readiness.Warning(name: "queue \(queue)", since: since, detail: $0) }
            }
        }
    }

    /// Whether messages are taken from the broker.
    enum Consuming: Sendable, Equatable {
        /// The collection `configuration` has the last word, and has not been read yet.
        case undecided
        case wanted
        /// `rabbitMQ.enabled` is false.
        case disabled
        /// They would be, but for this.
        case lacking([String])
        /// Something that they depend on cannot be read, a line each.
        case stopped([String])

        init(_ configuration: Configuration) {
            let isSwitchKnown = configuration.settings.unreadable["rabbitMQ.enabled"] == nil
            if !configuration.stopped.isEmpty, configuration.isEnabled || !isSwitchKnown {
                self = .stopped(configuration.stopped)
            } else if !configuration.isEnabled {
                self = .disabled
            } else {
                self = configuration.routes.isEmpty ? .lacking(configuration.missing) : .wanted
            }
        }
    }

    /// Where the configuration is read from.
    enum Source: Sendable {
        case collection, files
    }

    private struct State {
        var routes: [Int: RouteParts] = [:]
        var consuming = Consuming.undecided
        /// When `consuming` became so.
        var since = WallClock.now()
        /// `rabbitMQ.producer.enabled` is false.
        var isProducerOff = false
        /// Why nothing is published though it may be wanted, a line each.
        var publishingStopped: [String] = []
        /// What keeps the configuration from being read, and since when.
        var troubles: [Source: (since: Int64, words: String)] = [:]
        /// Nil while nothing is published.
        var publishing: RunningPublishing.Parts?
        /// What waits and what failed, as the store had it a second ago.
        var postings: [PostingSummary] = []
        /// Nil while they are counted in time; since when they are not, in milliseconds since 1970.
        var postingsUncountedSince: Int64?
        var deadLetters: [(state: String, count: Int)] = []
        /// Messages that wait, by queue.
        var waiting: [String: Int] = [:]
        /// When somebody looked at the status; milliseconds since 1970.
        var lookedAt: Int64 = 0
        /// The same, of the metrics.
        var metricsReadAt: Int64 = 0
    }

    /// What a person should do something about, though the gateway works.
    let warnings = Warnings()
    private let state = Mutex(State())
    private let mongo: MongoDeployment
    let started = WallClock.now()
    private let draining = Atomic(false)

    init(mongo: MongoDeployment) { self.mongo = mongo }

    /// Routes by a number that each has been given once.
    func add(_ number: Int, _ route: RouteParts) { state.withLock { $0.routes[number] = route } }

    func remove(_ number: Int) { state.withLock { _ = $0.routes.removeValue(forKey: number) } }

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

    /// Why nothing is published though it may be wanted, a line each.
    var publishingStopped: [String] {
        get { state.withLock { $0.publishingStopped } }
        set { state.withLock { $0.publishingStopped = newValue } }
    }

    /// What keeps the configuration from being read there; nil where nothing does.
    func note(_ trouble: String?, reading source: Source) {
        state.withLock { state in
            guard state.troubles[source]?.words != trouble else { return }
            state.troubles[source] = trouble.map { (WallClock.now(), $0) }
        }
    }

    var publishing: RunningPublishing.Parts? {
        get { state.withLock { $0.publishing } }
        set { state.withLock { $0.publishing = newValue } }
    }

    var postings: [PostingSummary] {
        get { state.withLock { $0.postings } }
        set { state.withLock { $0.postings = newValue } }
    }

    /// Whether ``postings`` is what the store has, and not what it had when there was less to count.
    var arePostingsCounted: Bool {
        get { state.withLock { $0.postingsUncountedSince == nil } }
        set {
            state.withLock { state in
                state.postingsUncountedSince = newValue ? nil : state.postingsUncountedSince ?? WallClock.now()
            }
        }
    }

    var deadLetters: [(state: String, count: Int)] {
        get { state.withLock { $0.deadLetters } }
        set { state.withLock { $0.deadLetters = newValue } }
    }

    /// Whether somebody has looked at the status not long ago.
    var isWatched: Bool { WallClock.now() - state.withLock { $0.lookedAt } < 15_000 }

    func isLookedAt() { state.withLock { $0.lookedAt = WallClock.now() } }

    /// Whether the metrics are read now and then.
    var areMetricsRead: Bool { WallClock.now() - state.withLock { $0.metricsReadAt } < 120_000 }

    func metricsAreRead() { state.withLock { $0.metricsReadAt = WallClock.now() } }

    var waiting: [String: Int] {
        get { state.withLock { $0.waiting } }
        set { state.withLock { $0.waiting = newValue } }
    }

    /// The routes that run, in the order in which they began.
    var routes: [RouteParts] { state.withLock { $0.routes.sorted { $0.key < $1.key }.map(\.value) } }

    /// The queues that are consumed, by broker.
    var consumedQueues: [BrokerAddress: [String]] {
        var queues: [BrokerAddress: [String]] = [:]
        for route in routes where !route.inlets.brokers.isEmpty { queues[route.broker, default: []] += route.sources }
        return queues
    }

    /// No new work from now on.
    func drain() { draining.store(true, ordering: .relaxed) }

    var readiness: Readiness {
        Readiness(
            isDraining: draining.load(ordering: .relaxed),
            guarantee: mongo.guarantee?.rawValue ?? "unknown until mongoDB is connected", parts: parts,
            warnings: warnings.all + storeWarnings + postings.compactMap { Readiness.Warning($0) } + feedWarnings
                + (publishing?.queues.warnings ?? []) + routes.flatMap(\.queueWarnings) + logWarnings + readingWarnings
        ).redacted
    }

    private var readingWarnings: [Readiness.Warning] {
        state.withLock { $0.troubles.values }.sorted { $0.since < $1.since }.map {
            Readiness.Warning(name: "configuration", since: $0.since, detail: $0.words)
        }
    }

    /// A log that nobody reads is nowhere to tell of it.
    private var logWarnings: [Readiness.Warning] {
        Terminal.log?.trouble.map { [Readiness.Warning(name: "log", since: $0.since, detail: $0.words)] } ?? []
    }

    /// What was found when the store was connected.
    private var storeWarnings: [Readiness.Warning] {
        let since = mongo.health.since
        var warnings = mongo.notes.map { Readiness.Warning(name: "store", since: since, detail: $0) }
        if let uncounted = state.withLock({ $0.postingsUncountedSince }) {
            warnings.append(
                Readiness.Warning(
                    name: "store", since: uncounted,
                    detail:
                        "gateway.postings holds more rows than are counted in two seconds, so what is told of postings may be"
                        + " old; 'gateway postings list' shows the first ones: mend their destinations"))
        }
        return warnings
    }

    /// Feeds that something is in the way of, or that somebody should do something for.
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
                    detail: "rabbitMQ.producer.enabled is false: nothing is published"))
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
            detail: route.isDraining() ? "takes no more and finishes what it has" : "running")
    }

    /// One connection for each queue; the part is as well as the least well of them.
    private func broker(_ state: State, _ routes: [RouteParts]) -> PartHealth {
        let name = "rabbitMQ"
        let brokers = routes.flatMap { $0.inlets.brokers.map(\.health) }
        guard
            let worst = brokers.first(where: { !$0.isUp }) ?? brokers.first(where: { $0.state == .up }) ?? brokers.first
        else {
            let (ok, detail) = Self.words(
                for: state.consuming, trouble: state.troubles[.collection]?.words, hasRoutes: !routes.isEmpty,
                hasFeeds: !(state.publishing?.feeds() ?? []).isEmpty)
            return PartHealth(name: name, ok: ok, since: state.since, detail: detail)
        }
        return PartHealth(
            name: name, ok: worst.isUp, since: worst.since,
            // An error of the connection names the broker itself.
            detail: worst.isUp || !worst.detail.hasPrefix("\(worst.address)")
                ? "\(worst.address): \(worst.detail)" : worst.detail)
    }

    private static func stopped(_ words: [String], _ done: String) -> String {
        "nothing is \(done) until this is mended: \(words.first ?? "")"
            + (words.count > 1 ? " (and \(words.count - 1) more, which the log tells)" : "")
    }

    /// While no route consumes from the broker; `hasRoutes`: others run.
    private static func words(
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
    /// Whoever comes by may read it.
    fileprivate var redacted: Readiness {
        var copy = self
        for index in copy.parts.indices { copy.parts[index].detail = Redactor.shared.clean(copy.parts[index].detail) }
        for index in copy.warnings.indices {
            copy.warnings[index].detail = Redactor.shared.clean(copy.warnings[index].detail)
        }
        return copy
    }
}
