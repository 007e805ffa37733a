internal import CoreMetrics
internal import Logging
internal import Records
internal import ServiceLifecycle
internal import UnixSignals

/// Reads the configuration again at SIGHUP, when one of its files has changed, and when the collection has; and does what
/// comes of it.
struct ReloadService: Service {
    let files: ConfigurationFiles
    let collection: ConfigurationCollection
    let first: ConfigurationState
    /// How the files were when `first` was read.
    let stamps: FileStamps
    let catalogs: CatalogTable
    let orders: RouteOrders
    let wishes: PublishingWishes
    let status: ProcessStatus
    let board: ConfigurationBoard
    let log: LogThreshold
    let logger: Logger

    /// Between two looks at the files.
    private static let interval = Duration.milliseconds(500)

    func run() async throws {
        let inbox = ReloadInbox()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in await UnixSignalsSequence(trapping: .sighup) { inbox.hangUp() } }
            group.addTask { await collection.follow { inbox.take(documents: $0) } }
            group.addTask {
                while (try? await Task.sleep(for: Self.interval)) != nil { inbox.look() }
            }
            group.addTask { await work(off: inbox) }
            group.addTask { try? await gracefulShutdown() }
            await group.next()
            group.cancelAll()
        }
        files.close()
    }

    private func work(off inbox: ReloadInbox) async {
        var state = first
        var trigger = ReloadTrigger(stamps)
        var known: CollectionSettings?
        for await _ in inbox.news {
            let pending = inbox.takeAll()
            var mustReload = false
            if pending.hasHungUp || pending.mustLook {
                let stamps = await files.stamps(state.current)
                mustReload = trigger.mustReload(after: pending.hasHungUp ? .hangup(stamps) : .look(stamps))
            }
            let isFirst = known == nil && pending.documents != nil
            if let documents = pending.documents, trigger.mustReload(after: .collection(documents.bytes)) {
                known = CollectionSettings(documents)
                mustReload = true
            }
            guard mustReload else { continue }
            let reading = await files.read(collection: known)
            let decision = state.take(reading, isFirst: isFirst)
            perform(decision)
            board.note(
                ConfigurationBoard.Reading(at: WallClock.now(), refusals: state.refusals, tests: reading.tests),
                decision.configuration)
        }
    }

    private func perform(_ decision: ConfigurationState.Decision) {
        if let new = decision.configuration {
            log.level = new.settings.logLevel
            catalogs.replace(files: new.catalogs)
            status.isProducerOff = !new.settings.bool("rabbitMQ.producer.enabled")
        }
        for line in decision.log { logger.log(level: line.level, "\(line.text)") }
        status.warnings.replace(with: decision.warnings, now: WallClock.now())
        if let routes = decision.routes {
            if let new = decision.configuration { status.consuming = .init(new) }
            orders.want(routes)
            wishes.want(decision.publishing)
        }
        if let outcome = decision.outcome {
            Counter(label: "gateway_reloads_total", dimensions: [("outcome", outcome.rawValue)]).increment()
        }
    }
}
