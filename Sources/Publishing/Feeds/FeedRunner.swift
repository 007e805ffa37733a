internal import BSON
package import Contracts
internal import JSON

/// Runs one feed: takes its lease, publishes what is due, and remembers how far it has come, until the task is cancelled.
///
/// Nothing counts as published before the broker has confirmed it, or before it is durable as a row in `gateway.postings`.
/// What is not known is published again, under the same message-id; versions of one document keep their order.
package struct FeedRunner<S: FeedStore, Leases: LeaseStore, P: Publisher>: Sendable {
    private let configuration: FeedConfiguration
    private let store: S
    private let leases: Leases
    private let publisher: P
    private let makeRenderer: @Sendable () -> any FeedRenderer
    private let environment: GatewayEnvironment
    private let observer: any FeedObserver
    private let board: FeedBoard

    package init(
        _ configuration: FeedConfiguration, store: S, leases: Leases, publisher: P,
        makeRenderer: @escaping @Sendable () -> any FeedRenderer, environment: GatewayEnvironment,
        observer: any FeedObserver
    ) {
        self.configuration = configuration
        self.store = store
        self.leases = leases
        self.publisher = publisher
        self.makeRenderer = makeRenderer
        self.environment = environment
        self.observer = observer
        board = FeedBoard(name: configuration.plan.name, now: environment.now)
    }

    /// From any thread.
    package var status: FeedStatus { board.status }

    package func run() async {
        if configuration.plan.isShared {
            await run(with: SharedLeases(base: leases))
        } else {
            await run(with: leases)
        }
    }

    private func run(with leases: some LeaseStore) async {
        let name = configuration.plan.name
        let keeper = LeaseKeeper(name, of: leases, environment: environment) { [board] holder in
            board.change { status in
                status.isHolder = false
                status.holder = holder
            }
        }
        await keeper.run { held in
            board.change { status in
                status.isHolder = true
                status.holder = nil
            }
            observer.noticed(feed: name, .tookLease)
            await publish(held)
            board.change { status in
                status.isHolder = false
                status.state = .waiting
            }
            observer.noticed(feed: name, .lostLease)
        }
    }

    private func publish(_ held: HeldLease) async {
        let row = FeedRow(held.lease)
        guard let rows = await rowIDs(held) else { return }
        let memory = FeedMemory()
        let worker = FeedWorker(
            configuration: configuration, store: store, publisher: publisher, held: held,
            flow: FeedFlow(
                most: max(1, configuration.plan.batchDocuments), rows: rows, mark: row.mark,
                // What another one has claimed and not published is not behind its token for us.
                token: configuration.plan.isShared ? nil : row.resumeToken),
            memory: memory, environment: environment, observer: observer, board: board)
        board.change { status in
            status.lastRun = row.lastRun
            status.failed = rows.count
            status.publishedUntil = row.lastRun?.at
        }
        let watch = configuration.plan.watches ? await makeWatch() : nil
        let preparer = FeedPreparer(configuration, renderer: makeRenderer(), memory: memory)
        await FeedSession(worker, preparer: preparer, watch: watch, row: row).run()
        await watch?.close()
    }

    /// Nil where the store has no change streams.
    private func makeWatch() async -> S.Watch? {
        if let watch = store.makeWatch() { return watch }
        let words =
            "the store has no change streams (a standalone mongod; make it a replica set), so changes are looked for every "
            + "half a minute, or by the feed's schedule"
        board.change { $0.notice = words }
        observer.noticed(feed: configuration.plan.name, .warning(words))
        return nil
    }

    /// Says what feed the row is of, and asks for the rows of what failed; tries until it succeeds.
    private func rowIDs(_ held: HeldLease) async -> Set<ByteString>? {
        var backOff = Backoff()
        while held.isValid, !Task.isCancelled {
            do throws(StoreError) {
                var note = FeedNote()
                note.identity = FeedRow.Identity(configuration.plan)
                guard try await store.note(note, lease: held.lease) else {
                    held.lose()
                    return nil
                }
                try await store.aimRows(at: configuration.target, lease: held.lease)
                return try await store.rowIDs()
            } catch {
                board.change { $0.state = .holding(error.message) }
                try? await environment.sleep(backOff.wait(chance: environment.chance()))
            }
        }
        return nil
    }
}

extension FeedRow.Identity {
    fileprivate init(_ plan: FeedPlan) {
        let goesBy =
            switch plan.progress {
            case .field(let field, _): "field \(field)"
            case .flag(let flag): "flag \(flag)"
            case .snapshot: "all documents"
            }
        let orderField: String? =
            switch plan.progress {
            case .field(let field, _): field
            case .flag: plan.order ?? plan.versionField
            case .snapshot: nil
            }
        self.init(
            collection: plan.collection, goesBy: goesBy, progressKind: plan.progress.kind, orderField: orderField,
            isShared: plan.isShared)
    }
}
