internal import BSON
internal import Contracts
internal import CoreMetrics
internal import Logging
internal import Operations
internal import Output
internal import ServiceLifecycle
internal import Settings
internal import UnixSignals

/// Reloads the configuration on SIGHUP, and when its files or the collection have changed. Files are read once they are
/// unchanged for a while (debounce); a collection change applies at once, with the files in force.
struct ReloadService: Service {
    let files: ConfigurationFiles
    let collection: ConfigurationCollection
    let first: ConfigurationState
    /// Knows the files' stamps of `first`.
    let trigger: ReloadTrigger
    let catalogs: CatalogTable
    let orders: RouteInbox
    let publishingInbox: PublishingInbox
    let status: ProcessStatus
    let board: ConfigurationBoard
    let log: LogThreshold
    let logger: Logger

    /// Polling interval of the files.
    private static let interval = Duration.milliseconds(250)

    func run() async throws {
        let inbox = ReloadInbox()
        await cancelWhenGracefulShutdown { await follow(inbox) }
        files.close()
    }

    /// Until the task is cancelled.
    private func follow(_ inbox: ReloadInbox) async {
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
            await group.next()
            group.cancelAll()
        }
    }

    private func work(off inbox: ReloadInbox) async {
        let began = ContinuousClock.now
        var state = first
        var trigger = trigger
        var bytes: [UInt8]?
        var known: CollectionSettings?
        var collectionIsNew = false
        for await _ in inbox.news {
            let pending = inbox.take()
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
            // Files written shortly before the start may have been incomplete.
            guard collectionIsNew, state.isDecided || trigger.isSettled(now: began.duration(to: .now)) else { continue }
            collectionIsNew = false
            await take(known, into: &state)
        }
    }

    /// Reads the files and applies the result. False if they changed meanwhile: check again.
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

    /// Applies a collection change: with the files read last, or, if these are refused, with those in force.
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
            log.level = new.settings[.logLevel]
            for error in catalogs.replace(files: new.catalogs) { logger.error("dynamicField: \(error)") }
            status.isProducerOff = !new.settings[.rabbitMQProducerEnabled]
            status.publishingStopped = new.settings.reasons(for: .publishing)
        }
        for line in decision.log { logger.log(level: line.level, "\(line.text)") }
        status.warnings.replace(with: decision.warnings, now: WallClock.now())
        if let routes = decision.routes {
            if let new = decision.configuration {
                status.consuming = .init(new)
                status.routesOff = new.routesOff
            }
            orders.want(routes)
            publishingInbox.want(decision.publishing)
        } else if !decision.stopped.isEmpty {
            status.consuming = .stopped(decision.stopped)
        }
        if let outcome = decision.outcome {
            Counter(label: "gateway_reloads_total", dimensions: [("outcome", outcome.rawValue)]).increment()
        }
    }
}
