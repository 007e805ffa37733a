internal import Documents
internal import Lanes
internal import Logging
package import Pipeline
internal import Records
internal import Synchronization

/// A ``Store`` on one thread, one connection and one session.
///
/// ``settle(_:plan:)`` runs the plan on the lane's own thread and blocks that thread, no other. A lane takes its
/// connection at the first batch and a new session after every failure that leaves the old one in doubt.
package actor MongoLane: Store {
    nonisolated let lane: Lane
    package nonisolated var unownedExecutor: UnownedSerialExecutor { lane.asUnownedSerialExecutor() }

    private let deployment: MongoDeployment
    private let reporter: HealthBoard.Reporter
    private var connection: MongoConnection?
    private var session: [UInt8] = []
    /// Sessions given up while they may have held something; ended on the server before the next batch.
    private var abandoned: [[UInt8]] = []
    /// What the collections are that were used so far.
    private var forms: [ByteString: CollectionForm] = [:]
    /// Runs after which an `_id` that is there again, though the plan has looked, is no race.
    private static let unseenLimit = 4
    private let isClosed = Mutex(false)

    init(of deployment: MongoDeployment, named name: String) {
        self.deployment = deployment
        reporter = deployment.healthBoard.newReporter()
        lane = Lane(named: name)
    }

    package func settle<Result: Sendable>(
        _ reads: StoreReads, turn: CommitTurn,
        plan: @Sendable (StoreSnapshot) -> (writes: StoreWrites, result: Result)
    ) async throws(StoreError) -> Result {
        var tries = RaceTries()
        var slowRuns = 0
        var unseen = 0
        while true {
            let began = ContinuousClock.now
            do throws(MongoFailure) {
                let connection = try await ready(for: reads)
                guard let result = try await settleOnce(reads, turn, plan, on: connection) else { break }
                deployment.healthBoard.reportUp(reporter)
                return result
            } catch {
                switch error.verdict {
                case .raceLost:
                    turn.meetTrouble()
                    // Once may be a machine that slept.
                    if began.duration(to: .now) > deployment.settings.transactionLifetime { slowRuns += 1 }
                    if slowRuns == 2 { throw error.tooSlow }
                    if error.isDuplicateID { unseen += 1 }
                    guard unseen < Self.unseenLimit, let pause = tries.nextPause(chance: .random(in: 0...1)) else {
                        // It may be another collection by now.
                        let form = forget(error.step)
                        throw error.isDuplicateID ? error.unseenID(form) : error.storeError
                    }
                    guard (try? await Task.sleep(for: pause)) != nil else { throw error.storeError }
                case .refused:
                    if !error.isOneDocument { forget(error.step) }
                    deployment.healthBoard.reportUp(reporter)
                    throw error.storeError
                case .unavailable, .commitAgain, .unknown:
                    abandonSession()
                    forget(error.step)
                    let storeError = error.storeError
                    if storeError.kind == .unavailable {
                        deployment.healthBoard.reportDown(reporter, storeError.message)
                    }
                    throw storeError
                }
            }
        }
        throw .gaveWay
    }

    /// Ends session and connection; at most ``MongoSettings/closePatience``. A batch that is being settled is waited for
    /// within that time. The lane cannot be used afterwards.
    package nonisolated func close() async {
        guard
            isClosed.withLock({ isClosed in
                defer { isClosed = true }
                return !isClosed
            })
        else { return }
        if await !finished(within: deployment.settings.closePatience, { await self.shutDown() }) {
            deployment.logger.warning(
                "a batch still hangs in MongoDB; its connection is left to the end of the process")
        }
    }

    private func shutDown() async {
        if !session.isEmpty { try? await deployment.control().forget(session) }
        connection?.close()
        connection = nil
        deployment.healthBoard.reportUp(reporter)
        lane.stop()
    }

    // MARK: One run

    /// Nil where the batch had to give way to the one before it; nothing of it is written then. With transactions only the
    /// commit waits for its turn; without, every write is seen at once, and so the first one waits.
    private func settleOnce<Result>(
        _ reads: StoreReads, _ turn: CommitTurn, _ plan: (StoreSnapshot) -> (writes: StoreWrites, result: Result),
        on connection: MongoConnection
    ) async throws(MongoFailure) -> Result? {
        if !connection.hasSession { guard await turn.mayCommit() else { return nil } }
        var parts = PartsAhead(deployment)
        let result: Result
        do throws(MongoFailure) {
            result = try run(reads, plan, &parts, on: connection)
        } catch {
            parts.takeBack()
            throw error
        }
        if connection.hasSession {
            guard await turn.mayCommit() else {
                if !connection.abort() { abandonSession() }
                parts.takeBack()
                return nil
            }
        }
        deployment.settings.reached(.beforeCommit)
        try await commit(connection)
        deployment.settings.reached(.afterCommit)
        return result
    }

    /// Reads, plans and writes; what fails is aborted. Where a dead letter's parts are more than a transaction takes, all of
    /// it runs again once these are written.
    private func run<Result>(
        _ reads: StoreReads, _ plan: (StoreSnapshot) -> (writes: StoreWrites, result: Result),
        _ parts: inout PartsAhead, on connection: MongoConnection
    ) throws(MongoFailure) -> Result {
        try connection.begin()
        do throws(MongoFailure) {
            let (writes, result) = plan(try connection.read(reads))
            for collection in writes.collections { try checkWritable(collection.collection) }
            if connection.hasSession, let large = parts.missing(of: writes) {
                guard connection.abort() else {
                    throw MongoFailure(
                        step: .begin, origin: .network, code: 0, text: "the server did not hear that a transaction ends"
                    )
                }
                try parts.write(large)
                return try run(reads, plan, &parts, on: connection)
            }
            for collection in inOrder(writes.collections) where !parts.hold(collection) {
                let isOurs = !connection.hasSession && Self.writtenOnce.contains(collection.collection)
                try connection.write(collection, duplicates: isOurs ? .keep : .fail)
                if let point = Checkpoint(written: collection.collection) { deployment.settings.reached(point) }
            }
            return result
        } catch {
            if connection.hasSession, !connection.abort() { abandonSession() }
            throw error
        }
    }

    /// Without transactions: records first, then dead letters, then the ledger, so that a crash in between repeats
    /// something rather than losing it.
    private func inOrder(_ collections: [CollectionWrites]) -> [CollectionWrites] {
        if deployment.guarantee == .exactlyOnce { return collections }
        let last = Self.writtenOnce
        return collections.filter { !last.contains($0.collection) }
            + last.flatMap { name in collections.filter { $0.collection == name } }
    }

    /// Collections whose rows never change; in the order in which they are written where there is no transaction.
    private static let writtenOnce = [StoreNames.deadLetterParts, StoreNames.deadLetters, StoreNames.ledger]

    /// Commits, also what wrote nothing: the answer then says that what was read is durable, on which the batch's outcome
    /// rests. Asks again while the outcome is unknown, for as long as ``MongoSettings/commitPatience``.
    private func commit(_ connection: MongoConnection) async throws(MongoFailure) {
        let giveUp = ContinuousClock.now + deployment.settings.commitPatience
        var tries = RaceTries()
        while true {
            do throws(MongoFailure) {
                return try connection.commit()
            } catch {
                guard error.verdict == .commitAgain, ContinuousClock.now < giveUp else { throw error }
                deployment.logger.debug("commit of unknown outcome (\(error.text)), asked for again")
                let pause = tries.nextPause(chance: .random(in: 0...1)) ?? RaceTries.longestPause
                guard (try? await Task.sleep(for: pause)) != nil else { throw error }
            }
        }
    }

    // MARK: Connection and session

    /// A connection with a session that the other instances know of, and the collections that the batch reads.
    private func ready(for reads: StoreReads) async throws(MongoFailure) -> MongoConnection {
        let control = try deployment.control()
        let connection = try openConnection()
        if deployment.guarantee == .exactlyOnce, session.isEmpty {
            let new = try connection.beginSession()
            try await control.exchange(abandoned: abandoned, for: new)
            abandoned = []
            session = new
        }
        for (collection, _) in reads.records {
            let key = ByteString(collection)
            // One that takes no records is looked at for each batch: somebody may put another in its place.
            if forms[key]?.isOrdinary == true { continue }
            let form = try await control.form(of: collection)
            forms[key] = form
            // It cannot even be read in a transaction; the others can, and what is only referred to is only read.
            if form == .capped { try checkWritable(collection) }
        }
        return connection
    }

    private func checkWritable(_ collection: String) throws(MongoFailure) {
        guard let problem = forms[ByteString(collection)]?.problem(of: collection) else { return }
        throw MongoFailure(step: .write(collection: collection), origin: .form, code: 0, text: problem)
    }

    /// Looks at the collection anew before it is used again. Returns what it was.
    @discardableResult
    private func forget(_ step: MongoFailure.Step) -> CollectionForm? {
        switch step {
        case .create(let collection), .read(let collection), .write(let collection):
            forms.removeValue(forKey: ByteString(collection))
        case .connect, .begin, .commit, .command: nil
        }
    }

    private func openConnection() throws(MongoFailure) -> MongoConnection {
        if let connection { return connection }
        let new = try MongoConnection(pool: deployment.openPool(), database: deployment.database)
        connection = new
        return new
    }

    /// Gives up a session that may still hold something on the server.
    private func abandonSession() {
        guard !session.isEmpty else { return }
        abandoned.append(session)
        session = []
        connection?.endSession()
    }
}

extension Checkpoint {
    /// Nil for the parts of a large dead letter: the letter itself comes with them.
    fileprivate init?(written collection: String) {
        switch collection {
        case StoreNames.deadLetterParts: return nil
        case StoreNames.deadLetters: self = .deadLettersWritten
        case StoreNames.ledger: self = .ledgerWritten
        default: self = .recordsWritten
        }
    }
}
