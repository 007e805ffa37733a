import Ingest
import BSON
import Contracts
import IngestTesting
import JSON
@testable import Publishing
import Synchronization

/// A database, a broker and gateways between them, in a simulation.
final class FeedWorld: Sendable {
    static let queue = "limits"
    static let collection = "limitStatus"

    let simulation: Simulation
    let database: InMemoryDatabase
    let broker = InMemoryBroker()
    /// What went wrong that no gateway may do.
    private let offences = Mutex<[String]>([])

    init(_ simulation: Simulation, hasStreams: Bool = true) {
        self.simulation = simulation
        database = InMemoryDatabase(environment: simulation.environment, hasStreams: hasStreams)
        broker.declare(Self.queue)
    }

    /// Runs `body` in a simulation of its own, stops all gateways, and throws where one did what it must not.
    static func with(
        seed: UInt64 = 0, hasStreams: Bool = true, _ body: @Sendable (FeedWorld) async throws -> Void
    ) async throws {
        try await Simulation.run(seed: seed) { simulation in
            let world = FeedWorld(simulation, hasStreams: hasStreams)
            try await body(world)
            let offences = world.offences.withLock { $0 }
            try require(offences.isEmpty, offences.joined(separator: "; "))
        }
    }

    func offend(_ text: String) { offences.withLock { $0.append(text) } }

    // MARK: Documents

    func put(_ number: Int, version: Int = 1, at time: Int64? = nil, _ more: (inout BSONWriter) -> Void = { _ in }) {
        let time = time ?? simulation.now
        database.put(
            .document { document in
                document.append("_id", string: "d\(number)")
                document.append("version", int64: Int64(version))
                document.append("lastUpdate", date: time)
                more(&document)
            }, in: Self.collection)
    }

    func put(_ numbers: Range<Int>) {
        for number in numbers { put(number, at: Fixtures.now - 1_000_000 + Int64(number)) }
    }

    // MARK: What came

    /// The message-ids in the queue, in their order.
    var received: [String] {
        broker.waiting(in: Self.queue).map { $0.properties.messageId?.description ?? "" }
    }

    /// The versions of each document, in the order in which they came.
    var versions: [String: [Int]] {
        var versions: [String: [Int]] = [:]
        for id in received {
            let parts = id.split(separator: ":")
            versions[String(parts[1]), default: []].append(Int(parts[2]) ?? -1)
        }
        return versions
    }

    var row: FeedRow? { database.row("limits") }

    /// Documents whose flag is set.
    var flagged: Int {
        database.documents(in: Self.collection).count { $0.bsonValue("sent") == BSONValue(bool: true) }
    }

    // MARK: Gateways

    static let byField = FeedPlan.Progress.field("lastUpdate", overlapMilliseconds: 0)
    static let byFlag = FeedPlan.Progress.flag("sent")

    static func configuration(
        _ progress: FeedPlan.Progress, watches: Bool = false, isShared: Bool = false, batchDocuments: Int = 10,
        every milliseconds: Int64? = nil
    ) -> FeedConfiguration {
        FeedConfiguration(
            plan: FeedPlan(
                name: "limits", collection: collection, progress: progress, versionField: "version", watches: watches,
                batchDocuments: batchDocuments, isShared: isShared),
            target: .amqp(exchange: "", routingKey: queue), nextRun: { time in milliseconds.map { time + $0 } })
    }

    /// `renewing`: awaited before the gateway looks at its leases. `latency`: awaited before each posting.
    func start(
        _ name: String, _ configuration: FeedConfiguration, releases: Bool = true,
        renewing: @escaping @Sendable () async -> Void = {}, latency: @escaping @Sendable () async -> Void = {}
    ) -> SimulatedGateway {
        SimulatedGateway(name, configuration, in: self, releases: releases, renewing: renewing, latency: latency)
    }
}

/// A gateway with one feed, and with the relay of what failed.
final class SimulatedGateway: Sendable {
    let record = Record()
    private let runner: FeedRunner<InMemoryFeedStore, DoubtfulLeases, WatchedPublisher>
    private let task: Task<Void, Never>

    init(
        _ name: String, _ configuration: FeedConfiguration, in world: FeedWorld, releases: Bool,
        renewing: @escaping @Sendable () async -> Void, latency: @escaping @Sendable () async -> Void
    ) {
        let leases = DoubtfulLeases(
            base: InMemoryLeases(in: world.database, gateway: name), releases: releases, renewing: renewing)
        let environment = world.simulation.environment
        let connection = InMemoryPublisher(world.broker, latency: latency)
        let record = record
        let runner = FeedRunner(
            configuration, store: InMemoryFeedStore(configuration.plan, in: world.database, holder: name),
            leases: leases,
            publisher: WatchedPublisher(
                base: connection, name: name, lease: configuration.plan.isShared ? nil : "limits", world: world),
            makeRenderer: { Renderer() }, environment: environment, observer: record)
        let relay = OutboxRelay(
            store: InMemoryPostings(in: world.database),
            publisher: WatchedPublisher(base: connection, name: name, lease: "postings", world: world),
            replayer: connection, outlet: NoOutlet(), environment: environment, observer: NoObserver())
        let keeper = LeaseKeeper("postings", of: leases, environment: environment)
        self.runner = runner
        task = Task(executorPreference: world.simulation) {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await runner.run() }
                group.addTask { await keeper.run { held in await relay.run(news: Signal()) { held.isValid } } }
                await group.waitForAll()
            }
        }
    }

    var status: FeedStatus { runner.status }

    func stop() async {
        task.cancel()
        await task.value
    }

    /// What the feed has reported.
    final class Record: FeedObserver {
        private let state = Mutex((counts: [FeedOutcome: Int](), notices: [FeedNotice]()))

        func settled(feed: String, outcome: FeedOutcome, count: Int) {
            state.withLock { $0.counts[outcome, default: 0] += count }
        }
        func noticed(feed: String, _ notice: FeedNotice) { state.withLock { $0.notices.append(notice) } }

        func count(_ outcome: FeedOutcome) -> Int { state.withLock { $0.counts[outcome] ?? 0 } }
        var runs: [FeedRun] {
            state.withLock { $0.notices }.compactMap { if case .runDone(let run) = $0 { run } else { nil } }
        }
        var warnings: [String] {
            state.withLock { $0.notices }.compactMap { if case .warning(let text) = $0 { text } else { nil } }
        }
    }

    /// The document as it is; `bad`: it cannot be rendered; `skip`: it is not for the feed.
    private final class Renderer: FeedRenderer {
        func render(_ document: UnsafeRawBufferPointer, now: Int64) -> FeedRendering {
            let fields = BSONElements(document)
            if fields.first(named: "bad") != nil { return .failed("the document is bad") }
            if fields.first(named: "skip") != nil { return .skipped }
            return .body(Array(BSONText.text(document: document).utf8))
        }
        func own(now: Int64) -> [(id: ByteString, body: [UInt8])] { [] }
    }

    private struct NoOutlet: PostingOutlet {
        func deliver(_ rows: [PostingRow]) async -> [PostingResult] { rows.map { _ in .confirmed } }
    }

    private struct NoObserver: PostingObserver {
        func posted(_ row: PostingRow, _ outcome: PostingOutcome) {}
        func relayWaits(_ error: StoreError) {}
        func destinationWaits(_ target: PostingTarget, reason: String) {}
    }
}

/// Leases that are perhaps never given up, as of a process that is gone.
struct DoubtfulLeases: LeaseStore {
    let base: InMemoryLeases
    let releases: Bool
    /// Awaited before the row is read again.
    let renewing: @Sendable () async -> Void

    func take(_ name: String) async throws(StoreError) -> LeaseTaking { try await base.take(name) }
    func renew(_ lease: Lease) async throws(StoreError) -> Lease? {
        await renewing()
        return try await base.renew(lease)
    }
    func look(at lease: Lease) async throws(StoreError) -> Lease? {
        await renewing()
        return try await base.look(at: lease)
    }
    func share(_ name: String) async throws(StoreError) -> Lease { try await base.share(name) }
    func release(_ lease: Lease) async { if releases { await base.release(lease) } }
}

/// A publisher that notices when it publishes under a lease that is another gateway's.
struct WatchedPublisher: Publisher {
    let base: InMemoryPublisher
    let name: String
    /// Nil: several gateways publish at the same time.
    let lease: String?
    let world: FeedWorld

    func publish(_ postings: [Posting], while mayPublish: @escaping @Sendable () -> Bool) async -> [PostingResult] {
        await base.publish(postings) {
            guard mayPublish() else { return false }
            if let lease, let holder = world.database.row(lease)?.holder, holder != name {
                world.offend("\(name) publishes while \(holder) holds the lease '\(lease)'")
            }
            if lease == "limits", world.row?.state == "paused" { world.offend("\(name) publishes while it is paused") }
            return true
        }
    }

    func close() async { await base.close() }
}
