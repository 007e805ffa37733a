import BSON
import Contracts
import Glibc
import Ingest
import JSON
import MongoStore
import Publishing
import RabbitMQ
import Synchronization
import Testing

/// A feed that runs in this process, as a gateway of its own would run it.
final class RunningFeed: Sendable {
    let runner: FeedRunner<MongoFeed, LeasesInDoubt, HookedPublisher>
    let record = FeedRecord()
    let publisher: PublisherConnection
    private let leases: MongoLeases
    private let store: MongoFeed
    private let deployment: MongoDeployment
    private let task: Task<Void, Never>

    /// Starts it. `published` is called with the postings of a call when the broker has answered it, before the feed hears of
    /// it. `releases`: false for one that goes without saying so, as by kill -9.
    init(
        _ feed: LiveFeed, _ terms: FeedConfiguration, releases: Bool = true, brokerURI: String? = nil,
        storeOptions: String = "",
        published: @escaping @Sendable ([Posting]) async -> Void = { _ in }
    ) async throws {
        deployment = try LiveFeed.deployment(feed.servers, feed.database, options: storeOptions)
        try await deployment.connect()
        leases = deployment.makeLeases()
        store = deployment.makeFeed(terms.plan)
        var options = PublisherOptions()
        options.givesUpAfter = .seconds(2)
        options.backoff = Backoff(least: .milliseconds(50), most: .milliseconds(500))
        publisher = PublisherConnection(
            address: try BrokerAddress(uri: brokerURI ?? feed.servers.brokerURI), logger: LiveFeed.logger,
            options: options)
        let runner = FeedRunner(
            terms, store: store, leases: LeasesInDoubt(base: leases, releases: releases),
            publisher: HookedPublisher(base: publisher, published: published), makeRenderer: { PlainRenderer() },
            environment: .live, observer: record)
        self.runner = runner
        task = Task { await runner.run() }
    }

    var status: FeedStatus { runner.status }

    func stop() async {
        task.cancel()
        await task.value
        await store.close()
        await leases.close()
        await publisher.close()
        await deployment.close()
    }

    /// Until a run has ended that began after this call, or the first one.
    func waitForRun(within limit: Duration = .seconds(60)) async throws {
        let before = record.runs.count
        try await Patience.until("a run ends; now \(status)", within: limit) { record.runs.count > before }
    }

    func waitForRuns(_ count: Int, within limit: Duration = .seconds(60)) async throws {
        try await Patience.until("run \(count) ends; now \(status)", within: limit) { record.runs.count >= count }
    }

    func waitUntilHolding(within limit: Duration = .seconds(30)) async throws {
        try await Patience.until("it holds; now \(status)", within: limit) { status.state.word == "holding" }
    }
}

/// The document as JSON. `bad`: it cannot be rendered; `skip`: it is not for the feed.
final class PlainRenderer: FeedRenderer {
    func render(_ document: UnsafeRawBufferPointer, now: Int64) -> FeedRendering {
        let fields = BSONElements(document)
        if fields.first(named: "bad") != nil { return .failed("the document is bad") }
        if fields.first(named: "skip") != nil { return .skipped }
        var body: [UInt8] = []
        BSONText.append(document: document, to: &body)
        return .body(body)
    }

    func own(now: Int64) -> [(id: ByteString, body: [UInt8])] { [] }
}

/// What a feed has reported.
final class FeedRecord: FeedObserver {
    private let state = Mutex((counts: [FeedOutcome: Int](), notices: [FeedNotice]()))

    func settled(feed: String, outcome: FeedOutcome, count: Int) {
        state.withLock { $0.counts[outcome, default: 0] += count }
    }

    func noticed(feed: String, _ notice: FeedNotice) { state.withLock { $0.notices.append(notice) } }

    func count(_ outcome: FeedOutcome) -> Int { state.withLock { $0.counts[outcome] ?? 0 } }
    var notices: [FeedNotice] { state.withLock { $0.notices } }
    var runs: [FeedRun] { notices.compactMap { if case .runDone(let run) = $0 { run } else { nil } } }
    var warnings: [String] { notices.compactMap { if case .warning(let text) = $0 { text } else { nil } } }
}

/// A publisher that lets a test act between the broker's answer and the mark.
struct HookedPublisher: Publisher {
    let base: PublisherConnection
    let published: @Sendable ([Posting]) async -> Void

    func publish(_ postings: [Posting], while mayPublish: @escaping @Sendable () -> Bool) async -> [PostingResult] {
        let results = await base.publish(postings, while: mayPublish)
        await published(postings)
        return results
    }

    func close() async { await base.close() }
}

/// Leases that are perhaps never given up: as of a process that is gone.
struct LeasesInDoubt: LeaseStore {
    let base: MongoLeases
    let releases: Bool

    func take(_ name: String) async throws(StoreError) -> LeaseTaking { try await base.take(name) }
    func renew(_ lease: Lease) async throws(StoreError) -> Lease? { try await base.renew(lease) }
    func look(at lease: Lease) async throws(StoreError) -> Lease? { try await base.look(at: lease) }
    func share(_ name: String) async throws(StoreError) -> Lease { try await base.share(name) }
    func release(_ lease: Lease) async { if releases { await base.release(lease) } }
}

extension GatewayEnvironment {
    static let live = GatewayEnvironment(
        now: {
            var time = timespec()
            clock_gettime(CLOCK_REALTIME, &time)
            return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
        },
        seed: { .random(in: .min ... .max) }, sleep: { try await Task.sleep(for: $0) })
}

extension FeedConfiguration {
    init(
        plan: FeedPlan, exchange: String = "", routingKey: String,
        nextRun: @escaping @Sendable (Int64) -> Int64? = { _ in nil }
    ) {
        self.init(plan: plan, target: .amqp(exchange: exchange, routingKey: routingKey), nextRun: nextRun)
    }
}
