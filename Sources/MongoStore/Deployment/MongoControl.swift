internal import BSON
internal import Contracts
internal import JSON
internal import Logging
internal import ThreadExecutors

/// The deployment's control connection: sets up the database, sends this instance's heartbeat and ends dead instances'
/// sessions.
///
/// Its calls block only its own thread. Lanes call it when they start or give up a session, which is rare.
actor MongoControl {
    nonisolated let lane = ThreadExecutor(named: "mongo-control")
    nonisolated var unownedExecutor: UnownedSerialExecutor { lane.asUnownedSerialExecutor() }

    private let uri: String
    private let preparesDatabase: Bool
    private let database: String
    private let setup: CollectionSetup
    private let register: InstanceRegister
    private let health: HealthBoard
    private let logger: Logger
    private var pool: ClientPool?
    private var connection: MongoConnection?
    private var sessions: [[UInt8]] = []
    private var hasRow = false
    private var guarantee: Guarantee?
    private var record: HeartbeatRecord
    private let postingClock: PostingClock

    init(
        database: String, settings: MongoSettings, postingClock: PostingClock, health: HealthBoard, logger: Logger
    ) {
        uri = settings.uri
        preparesDatabase = settings.preparesDatabase
        self.database = database
        self.health = health
        self.logger = logger
        setup = CollectionSetup(ledgerLifetime: settings.ledgerLifetime)
        register = InstanceRegister(identity: .current(), deadAfter: settings.deadAfter)
        record = HeartbeatRecord(deadAfter: settings.deadAfter)
        self.postingClock = postingClock
    }

    /// Facts about the deployment, known after the first answer.
    struct Prepared {
        var pool: ClientPool
        var guarantee: Guarantee
        /// Problems for people that do not prevent operation.
        var notes: [String] = []
    }

    /// Identifies the server. If this process prepares the database: creates what is missing, and ends the sessions of
    /// dead instances.
    func prepare() throws(MongoFailure) -> Prepared {
        do throws(MongoFailure) {
            var prepared = try reporting { connection throws(MongoFailure) in
                try connection.run(["ping": 1], on: "admin")
                let hello = try connection.run(["hello": 1], on: "admin")
                return Prepared(pool: try openPool(), guarantee: Self.guarantee(hello))
            }
            guarantee = prepared.guarantee
            if preparesDatabase {
                prepared.notes = try reporting { connection throws(MongoFailure) in
                    try setup.run(hasReplicas: prepared.guarantee == .exactlyOnce, on: connection)
                }
                try sweep(judgesSilence: true)
            }
            do throws(MongoFailure) {
                let last = try reporting { connection throws(MongoFailure) in try connection.lastPostingID() }
                if let last { postingClock.observe(last) }
            } catch {
                // A read-only command may lack the permission.
                if preparesDatabase { throw error }
            }
            return prepared
        } catch {
            // Also permanent errors: nothing runs without it.
            health.reportDown(HealthBoard.control, error.storeError.message)
            // There may be no further call: hold no resources.
            connection?.close()
            connection = nil
            throw error
        }
    }

    private static func guarantee(_ hello: [UInt8]) -> Guarantee {
        hello.withUnsafeBytes { bytes in
            let fields = BSONElements(bytes)
            let isMongos = fields.first(named: "msg")?.byteString == "isdbgrid"
            return isMongos || fields.first(named: "setName") != nil ? .exactlyOnce : .atLeastOnce
        }
    }

    /// A collection's properties; creates it if missing and this process prepares the database.
    func form(of collection: String) throws(MongoFailure) -> CollectionKind {
        try reporting { connection throws(MongoFailure) in
            try setup.form(of: collection, creating: preparesDatabase, on: connection)
        }
    }

    // MARK: Sessions of this instance

    /// Registers a lane's new session, and ends given-up sessions that may still hold locks. Must precede the new
    /// session's first transaction.
    func exchange(abandoned: [[UInt8]], for session: [UInt8]) throws(MongoFailure) {
        try reporting { connection throws(MongoFailure) in
            try register.kill(abandoned, on: connection)
            sessions.removeAll { abandoned.contains($0) }
            if !sessions.contains(session) { sessions.append(session) }
            _ = try register.beat(sessions: sessions, on: connection)
            hasRow = true
        }
    }

    /// A lane has ended its session gracefully.
    func forget(_ session: [UInt8]) {
        sessions.removeAll { $0 == session }
    }

    // MARK: Heartbeat

    /// Sends a heartbeat and checks the others'. Failures are logged and reported; the next beat tries again.
    func beat() {
        guard guarantee == .exactlyOnce else {
            _ = try? reporting { connection throws(MongoFailure) in
                _ = try connection.run(["ping": 1], on: "admin")
            }
            return
        }
        // A command is registered only while it has a session.
        guard preparesDatabase || hasRow else { return }
        do throws(MongoFailure) {
            let began = ContinuousClock.now
            let beat = try reporting { connection throws(MongoFailure) in
                try register.beat(sessions: sessions, on: connection)
            }
            record.succeeded(from: began, to: .now, election: beat.election)
            if beat.isNew, hasRow {
                logger.warning(
                    "this gateway was taken for dead by another one, so it was paused or cut off for long; its open batches are settled again"
                )
            }
            hasRow = true
            guard preparesDatabase else { return }
            try sweep(judgesSilence: record.mayJudge(at: .now))
        } catch {
            record.failed()
            logger.debug("heartbeat failed: \(error.storeError.message)")
        }
    }

    private func sweep(judgesSilence: Bool) throws(MongoFailure) {
        guard guarantee == .exactlyOnce else { return }
        let dead = try reporting { connection throws(MongoFailure) in
            try register.sweep(judgesSilence: judgesSilence, on: connection)
        }
        for instance in dead {
            logger.notice("ended the sessions of a gateway that is gone (\(instance)); its open batch is free again")
        }
    }

    // MARK: End

    /// Deletes the row, returns the connection and ends the server's sessions. Ends the thread.
    func close() {
        if let connection {
            if hasRow { try? register.leave(on: connection) }
            connection.close()
        }
        connection = nil
        if let pool, !pool.destroy() {
            logger.warning("a call to MongoDB still hangs; its connection is left to the end of the process")
        }
        lane.stop()
    }

    private func openConnection() throws(MongoFailure) -> MongoConnection {
        if let connection { return connection }
        let new = try MongoConnection(pool: openPool(), database: database)
        connection = new
        return new
    }

    /// Not earlier, since `mongodb+srv` resolves names.
    private func openPool() throws(MongoFailure) -> ClientPool {
        if let pool { return pool }
        let new: ClientPool
        do throws(StoreError) {
            new = try ClientPool(MongoURI(uri))
        } catch {
            throw MongoFailure(step: .connect, origin: .selection, code: error.code, text: error.message)
        }
        pool = new
        return new
    }

    /// Runs `body` on the connection, which is taken at the first call, and reports to the health board.
    private func reporting<Result>(
        _ body: (MongoConnection) throws(MongoFailure) -> Result
    ) throws(MongoFailure) -> Result {
        health.startWaiting()
        defer { health.stopWaiting() }
        do throws(MongoFailure) {
            let result = try body(openConnection())
            health.reportUp(HealthBoard.control)
            return result
        } catch {
            if error.verdict == .unavailable { health.reportDown(HealthBoard.control, error.storeError.message) }
            throw error
        }
    }
}
