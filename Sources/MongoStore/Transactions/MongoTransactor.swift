internal import BSON
package import Contracts
internal import JSON
internal import Logging
internal import Synchronization
internal import ThreadExecutors

/// A ``Store`` on one thread, connection and session.
///
/// ``settle(_:plan:)`` runs the plan on the lane's own thread and blocks only that. The connection is taken at the
/// first batch; a failure that leaves the session in doubt starts a new one.
package actor MongoTransactor: Store {
    nonisolated let lane: ThreadExecutor
    package nonisolated var unownedExecutor: UnownedSerialExecutor { lane.asUnownedSerialExecutor() }

    private let deployment: MongoDeployment
    private let reporter: HealthBoard.Reporter
    private var connection: MongoConnection?
    private var session: [UInt8] = []
    /// Sessions given up that may hold locks; ended on the server before the next batch.
    private var abandoned: [[UInt8]] = []
    /// Properties of the collections used so far.
    private var forms: [ByteString: CollectionKind] = [:]
    /// Runs after which an `_id` that exists although the plan did not find it is not a race.
    private static let unseenLimit = 4
    private let isClosed = Mutex(false)

    init(of deployment: MongoDeployment, named name: String) {
        self.deployment = deployment
        reporter = deployment.healthBoard.newReporter()
        lane = ThreadExecutor(named: name)
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
                let result = try await settleOnce(reads, turn, plan, on: connection)
                // Also where nothing was written: the server has answered, and this lane may get no other work.
                deployment.healthBoard.reportUp(reporter)
                guard let result else { break }
                return result
            } catch {
                switch error.verdict {
                case .raceLost:
                    turn.meetTrouble()
                    // The first time may be a suspended machine.
                    if began.duration(to: .now) > deployment.settings.transactionLifetime { slowRuns += 1 }
                    if slowRuns == 2 { throw error.tooSlow }
                    if error.isDuplicateID { unseen += 1 }
                    guard unseen < Self.unseenLimit, let pause = tries.nextPause(chance: .random(in: 0...1)) else {
                        // The collection may have been replaced.
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

    /// Ends session and connection; takes at most ``MongoSettings/closePatience``, including a batch in progress. The
    /// lane must not be used afterwards.
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

    /// Nil if the batch had to give way to the previous one; nothing is written then. With transactions only the commit
    /// waits for its turn; without, writes are visible at once, so the first one waits.
    private func settleOnce<Result>(
        _ reads: StoreReads, _ turn: CommitTurn, _ plan: (StoreSnapshot) -> (writes: StoreWrites, result: Result),
        on connection: MongoConnection
    ) async throws(MongoFailure) -> Result? {
        if !connection.hasSession {
            guard await turn.mayCommit() else {
                // A batch that tries whether the store works again must hear from the server.
                try connection.run(["ping": 1])
                return nil
            }
        }
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

    /// Reads, plans and writes; aborts on failure. If dead-letter parts exceed a transaction, they are written first
    /// and everything runs again.
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
                deployment.settings.reached(.partsWritten)
                return try run(reads, plan, &parts, on: connection)
            }
            for collection in inOrder(writes.collections) where !parts.hold(collection) {
                let isOurs = !connection.hasSession && Self.writtenOnce.contains(collection.collection)
                try connection.write(collection, duplicates: isOurs ? .keep : .fail)
                if let point = FaultPoint(written: collection.collection) { deployment.settings.reached(point) }
            }
            return result
        } catch {
            if connection.hasSession, !connection.abort() { abandonSession() }
            throw error
        }
    }

    /// Without transactions: records, then dead letters, then the ledger, so that a crash in between repeats work
    /// instead of losing it.
    private func inOrder(_ collections: [CollectionWrites]) -> [CollectionWrites] {
        if deployment.guarantee == .exactlyOnce { return collections }
        let last = Self.writtenOnce
        return collections.filter { !last.contains($0.collection) }
            + last.flatMap { name in collections.filter { $0.collection == name } }
    }

    /// Collections with immutable rows, in the order written without transactions.
    private static let writtenOnce = [
        StoreCollections.deadLetterParts, StoreCollections.deadLetters, StoreCollections.ledger,
    ]

    /// Commits, also read-only transactions: the reply confirms that what was read is durable, on which the outcome
    /// depends. Repeats while the result is unknown, for up to ``MongoSettings/commitPatience``.
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

    /// A connection with a registered session, and the collections that the batch reads.
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
            // An unusable collection is checked for each batch: it may have been replaced.
            if forms[key]?.isOrdinary == true { continue }
            let form = try await control.form(of: collection)
            forms[key] = form
            // A capped collection cannot be read in a transaction; others can, and references are only read.
            if form == .capped { try checkWritable(collection) }
        }
        return connection
    }

    private func checkWritable(_ collection: String) throws(MongoFailure) {
        guard let problem = forms[ByteString(collection)]?.problem(of: collection) else { return }
        throw MongoFailure(step: .write(collection: collection), origin: .form, code: 0, text: problem)
    }

    /// Drops the collection's cached properties and returns them.
    @discardableResult
    private func forget(_ step: MongoFailure.Step) -> CollectionKind? {
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

    /// Gives up a session that may hold locks on the server.
    private func abandonSession() {
        guard !session.isEmpty else { return }
        abandoned.append(session)
        session = []
        connection?.endSession()
    }
}

extension FaultPoint {
    /// Nil for dead-letter parts: their dead letter is counted.
    fileprivate init?(written collection: String) {
        switch collection {
        case StoreCollections.deadLetterParts: return nil
        case StoreCollections.deadLetters: self = .deadLettersWritten
        case StoreCollections.ledger: self = .ledgerWritten
        default: self = .recordsWritten
        }
    }
}

extension MongoDeployment {
    /// A store for one ordered stream. Before ``connect()`` has succeeded its batches fail as unavailable.
    package func makeLane(named name: String) -> MongoTransactor { MongoTransactor(of: self, named: name) }
}
