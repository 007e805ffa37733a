package import Contracts
internal import Ingest
internal import JSON
internal import Logging
package import Mappings
internal import MongoStore
internal import Operations
internal import Output
internal import Publishing
internal import RabbitMQ
internal import Settings

/// Running publishing: one broker connection for the outbox relay and the feeds. Connects at the first posting.
final class RunningPublishing: Sendable {
    private typealias Runner = FeedRunner<MongoFeed, MongoLeases, PublisherConnection>

    private let publisher: PublisherConnection
    /// The same publisher, unless messages are consumed from another broker.
    private let replayer: PublisherConnection
    private let mongo: MongoDeployment
    /// The outbox relay's. Each feed has its own: with a slow majority, renewals on one connection would wait for each
    /// other and leases be lost.
    private let leases: MongoLeases
    private let feeds: [(store: MongoFeed, leases: MongoLeases, runner: Runner)]
    private let off: [PublishingConfiguration.FeedOff]
    private let topology: TopologyKeeper
    private let signal: Signal
    private let metrics: PublishingMetrics
    private let environment: GatewayEnvironment
    private let reached: @Sendable (FaultPoint) -> Void
    private let log: LogThreshold

    init(
        _ form: PublishingConfiguration, mongo: MongoDeployment, signal: Signal,
        reached: @escaping @Sendable (FaultPoint) -> Void, log: LogThreshold
    ) {
        self.mongo = mongo
        self.signal = signal
        self.reached = reached
        self.log = log
        off = form.off
        let seeds = SeedCounter()
        let environment = GatewayEnvironment(
            now: { WallClock.now() }, seed: { seeds.next() }, sleep: { try await Task.sleep(for: $0) })
        self.environment = environment
        metrics = PublishingMetrics(
            emptyRuns: Set(form.feeds.filter(\.mapping.tellsEmptyRuns).map(\.mapping.name)),
            logger: Log.make(log, label: "publishing"))
        var options = PublisherOptions()
        options.productVersion = Version.text
        options.reached = reached
        let replaying = options
        options.topology = form.topologyOfExchanges
        let publisher = PublisherConnection(
            address: form.broker, logger: Log.make(log, label: "rabbitMQ"), options: options)
        self.publisher = publisher
        topology = TopologyKeeper(
            form.topology, at: form.broker, logger: Log.make(log, label: "rabbitMQ"),
            publishedTo: Set(form.topologyOfExchanges.keys))
        replayer =
            form.consumed == form.broker
            ? publisher
            : PublisherConnection(
                address: form.consumed, logger: Log.make(log, label: "rabbitMQ"), options: replaying)
        leases = mongo.makeLeases()
        feeds = form.feeds.map { [metrics] feed in
            let configuration = FeedConfiguration(feed.mapping, reached: reached)
            let store = mongo.makeFeed(configuration.plan)
            let leases = mongo.makeLeases()
            let runner = Runner(
                configuration, store: store, leases: leases, publisher: publisher,
                makeRenderer: { feed.makeRenderer() },
                environment: environment, observer: metrics)
            return (store, leases, runner)
        }
    }

    var parts: PublishingParts {
        PublishingParts(
            publisher: publisher,
            feeds: { [feeds, off] in
                feeds.map(\.runner.status)
                    + off.map { off in
                        var status = FeedStatus(name: off.name, now: 0)
                        status.state = .disabled(off.words)
                        return status
                    }
            }, topology: topology)
    }

    /// Runs until the task is cancelled.
    func run() async {
        let postings = mongo.makePostings()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.topology.run() }
            group.addTask { await self.carry(postings) }
            for feed in feeds { group.addTask { await feed.runner.run() } }
        }
        await publisher.close()
        await replayer.close()
        await postings.close()
        for feed in feeds {
            await feed.store.close()
            await feed.leases.close()
        }
        await leases.close()
    }

    /// Runs the outbox relay while its lease is held.
    private func carry(_ postings: MongoPostings) async {
        let relay = OutboxRelay(
            store: postings, publisher: publisher, replayer: replayer,
            outlet: LineOutlet(logger: Log.make(log, label: "postings"), log: Terminal.log), environment: environment,
            observer: metrics, reached: reached)
        let keeper = LeaseKeeper(FeedMapping.leaseOfPostings, of: leases, environment: environment)
        await keeper.run { [signal] held in
            await relay.run(news: signal) { held.isValid }
        }
    }
}

extension FeedConfiguration {
    package init(_ mapping: FeedMapping, reached: @escaping @Sendable (FaultPoint) -> Void) {
        let progress: FeedPlan.Progress =
            switch mapping.progress {
            case .field(let name, let overlap): .field(name, overlapMilliseconds: overlap)
            case .flag(let name): .flag(name)
            case .snapshot: .snapshot
            }
        let plan = FeedPlan(
            name: mapping.name, collection: mapping.collection, filter: mapping.filter, progress: progress,
            versionField: mapping.version, order: mapping.order, watches: mapping.watches,
            batchDocuments: mapping.batch, isShared: mapping.isShared)
        self.init(
            plan: plan, target: PostingTarget(mapping.target),
            headers: mapping.target.constantHeaders.map { .init(name: $0.name, value: .string($0.value)) },
            type: mapping.target.type ?? mapping.name, nextRun: { mapping.nextRun(after: $0) })
        self.reached = reached
    }
}
