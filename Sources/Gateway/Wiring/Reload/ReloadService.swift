internal import CoreMetrics
internal import Logging
internal import Records
internal import ServiceLifecycle
internal import UnixSignals

/// Reads the configuration again at SIGHUP, when one of its files has changed, and when the collection has; and does what
/// comes of it. Files count when they have been left alone for a while, whatever the reason to read them; a change of the
/// collection counts at once, beside the files in force.
struct ReloadService: Service {
    let files: ConfigurationFiles
    let collection: ConfigurationCollection
    let first: ConfigurationState
    /// It knows how the files were when `first` was read.
    let trigger: ReloadTrigger
    let catalogs: CatalogTable
    let orders: RouteOrders
    let wishes: PublishingWishes
    let status: ProcessStatus
    let board: ConfigurationBoard
    let log: LogThreshold
    let logger: Logger

    /// Between two looks at the files.
    private static let interval = Duration.milliseconds(250)

    func run() async throws {
        let inbox = ReloadInbox()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in await UnixSignalsSequence(trapping: .sighup) { inbox.hangUp() } }
            group.addTask {
                await collection.follow {
                    inbox.take(documents: $0)
                } miss: {
                    status.note($0, reading: .collection)
                }
            }
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
        let began = ContinuousClock.now
        var state = first
        var trigger = trigger
        var bytes: [UInt8]?
        var known: CollectionSettings?
        var collectionIsNew = false
        for await _ in inbox.news {
            let pending = inbox.takeAll()
            if pending.hasHungUp { trigger.hangUp() }
            if let documents = pending.documents, documents.bytes != bytes {
                bytes = documents.bytes
                known = CollectionSettings(documents)
                collectionIsNew = true
                status.note(nil, reading: .collection)
            }
            if pending.hasHungUp || pending.mustLook {
                let stamps = await files.stamps(state.current)
                switch trigger.look(stamps, now: began.duration(to: .now)) {
                case .nothing: break
                case .tell(let unfinished): tell(unfinished)
                case .read(let unfinished):
                    if await reread(known, unfinished, &trigger, &state, since: began) {
                        collectionIsNew = false
                        if unfinished.isEmpty { status.note(nil, reading: .files) }
                    }
                }
            }
            // Files that were written a moment before the start may not have been finished by then.
            guard collectionIsNew, state.isDecided || trigger.isSettled(now: began.duration(to: .now)) else { continue }
            collectionIsNew = false
            await take(known, into: &state)
        }
    }

    /// Reads the files, and does what comes of it. False where they have been changed meanwhile: they are to be looked at
    /// again.
    private func reread(
        _ collection: CollectionSettings?, _ unfinished: Set<String>, _ trigger: inout ReloadTrigger,
        _ state: inout ConfigurationState, since began: ContinuousClock.Instant
    ) async -> Bool {
        let reread = await files.reread(
            collection: collection, previous: state.previous, current: state.current, unfinished: unfinished)
        let now = began.duration(to: .now)
        guard reread.isCurrent else {
            trigger.hasRead(reread.stampsBefore, unfinished: unfinished, isCurrent: false, now: now)
            return false
        }
        let decision = state.take(reread.reading, isFirst: collection != nil && !state.isDecided)
        let isTaken = decision.configuration != nil
        trigger.hasRead(
            isTaken ? reread.stampsAfter : reread.stampsBefore, unfinished: unfinished, isCurrent: true, now: now)
        await files.note(reread, isTaken: isTaken)
        perform(decision)
        note(reread.reading, decision, state)
        return true
    }

    /// A change of the collection: beside the files read last, and where these are refused, beside those in force.
    private func take(_ collection: CollectionSettings?, into state: inout ConfigurationState) async {
        let isFirst = !state.isDecided
        var reading = await files.readBesideLatest(collection: collection, previous: state.previous)
        var decision = state.take(reading, isFirst: isFirst)
        if decision.configuration != nil {
            await files.takeLatest()
        } else if await files.areRefused {
            let other = await files.readBesideInForce(collection: collection, previous: state.previous)
            let second = state.take(other, isFirst: isFirst, besideRefused: true)
            if second.configuration != nil { (reading, decision) = (other, second) }
        }
        perform(decision)
        note(reading, decision, state)
    }

    private func note(
        _ reading: ConfigurationReader.Reading, _ decision: ConfigurationState.Decision, _ state: ConfigurationState
    ) {
        board.note(
            ConfigurationBoard.Reading(at: WallClock.now(), refusals: state.refusals, tests: reading.tests),
            decision.configuration)
    }

    private func tell(_ unfinished: Set<String>) {
        let names = unfinished.sorted().prefix(3).joined(separator: ", ") + (unfinished.count > 3 ? ", …" : "")
        let words =
            "being written for more than \(ReloadTrigger.patience), or empty and was not before: \(names); what was read"
            + " of it before stays in force; finish it, or remove it"
        logger.warning("\(words)")
        status.note(words, reading: .files)
    }

    private func perform(_ decision: ConfigurationState.Decision) {
        if let new = decision.configuration {
            log.level = new.settings.logLevel
            catalogs.replace(files: new.catalogs)
            status.isProducerOff = !new.settings.bool("rabbitMQ.producer.enabled")
            status.publishingStopped = new.settings.reasons(for: .publishing)
        }
        for line in decision.log { logger.log(level: line.level, "\(line.text)") }
        status.warnings.replace(with: decision.warnings, now: WallClock.now())
        if let routes = decision.routes {
            if let new = decision.configuration { status.consuming = .init(new) }
            orders.want(routes)
            wishes.want(decision.publishing)
        } else if !decision.stopped.isEmpty {
            status.consuming = .stopped(decision.stopped)
        }
        if let outcome = decision.outcome {
            Counter(label: "gateway_reloads_total", dimensions: [("outcome", outcome.rawValue)]).increment()
        }
    }
}
