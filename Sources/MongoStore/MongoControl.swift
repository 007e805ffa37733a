internal import Documents
internal import Lanes
internal import Logging
internal import Pipeline
internal import Records

/// The deployment's own lane: sets up the database, keeps this instance's heartbeat and ends dead instances' sessions.
///
/// Its calls block its own thread only. Lanes call it when they take or give up a session, which is rare.
actor MongoControl {
    nonisolated let lane = Lane(named: "mongo-control")
    nonisolated var unownedExecutor: UnownedSerialExecutor { lane.asUnownedSerialExecutor() }

    private let uri: String
    private let isReadOnly: Bool
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

    init(database: String, settings: MongoSettings, health: HealthBoard, logger: Logger) {
        uri = settings.uri
        isReadOnly = settings.isReadOnly
        self.database = database
        self.health = health
        self.logger = logger
        setup = CollectionSetup(ledgerLifetime: settings.ledgerLifetime)
        register = InstanceRegister(identity: .current(), deadAfter: settings.deadAfter)
    }

    /// Asks the server who it is, creates what is missing, and ends the sessions that dead instances have left.
    func prepare() throws(MongoFailure) -> (ClientPool, Guarantee) {
        do throws(MongoFailure) {
            let guarantee = try reporting { connection throws(MongoFailure) in
                try connection.run("ping", on: "admin") { $0.append("ping", int64: 1) }
                let hello = try connection.run("hello", on: "admin") { $0.append("hello", int64: 1) }
                if !isReadOnly {
                    for note in try setup.run(on: connection) { logger.warning("\(note)") }
                }
                return Self.guarantee(hello)
            }
            self.guarantee = guarantee
            if !isReadOnly { try sweep() }
            return (try openPool(), guarantee)
        } catch {
            // Also what would not pass by waiting: without it, nothing runs.
            health.reportDown(HealthBoard.control, error.storeError.message)
            // Nobody may ever call again: hold nothing that has to be given back.
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

    /// What a collection is; it is created where it is not there.
    func form(of collection: String) throws(MongoFailure) -> CollectionForm {
        try reporting { connection throws(MongoFailure) in try setup.form(of: collection, on: connection) }
    }

    // MARK: Sessions of this instance

    /// Makes a lane's new session known, and ends those that it gave up without knowing whether they still hold anything.
    /// Before the first transaction of the new one.
    func exchange(abandoned: [[UInt8]], for session: [UInt8]) throws(MongoFailure) {
        try reporting { connection throws(MongoFailure) in
            try register.kill(abandoned, on: connection)
            sessions.removeAll { abandoned.contains($0) }
            if !sessions.contains(session) { sessions.append(session) }
            _ = try register.beat(sessions: sessions, on: connection)
            hasRow = true
        }
    }

    /// A lane has ended its session in good order.
    func forget(_ session: [UInt8]) {
        sessions.removeAll { $0 == session }
    }

    // MARK: Heartbeat

    /// One heartbeat and one look at the others'. Failures go to log and health; the next beat tries again.
    func beat() {
        guard guarantee == .exactlyOnce else {
            _ = try? reporting { connection throws(MongoFailure) in
                _ = try connection.run("ping", on: "admin") { $0.append("ping", int64: 1) }
            }
            return
        }
        do throws(MongoFailure) {
            if hasRow {
                let isNew = try reporting { connection throws(MongoFailure) in
                    try register.beat(sessions: sessions, on: connection)
                }
                if isNew {
                    logger.warning(
                        "this gateway was taken for dead by another one, so it was paused or cut off for long; its open batches are settled again"
                    )
                }
            }
            try sweep()
        } catch {
            logger.debug("heartbeat failed: \(error.storeError.message)")
        }
    }

    private func sweep() throws(MongoFailure) {
        guard guarantee == .exactlyOnce else { return }
        let dead = try reporting { connection throws(MongoFailure) in try register.sweep(on: connection) }
        for instance in dead {
            logger.notice("ended the sessions of a gateway that is gone (\(instance)); its open batch is free again")
        }
    }

    // MARK: End

    /// Takes the row away, gives the connection back and ends the server's sessions. The lane ends with it.
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

    /// Here and not earlier, since `mongodb+srv` asks the name server.
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

    /// Runs `body` on the connection, which is taken at the first call, and tells the health board how it went.
    private func reporting<Result>(
        _ body: (MongoConnection) throws(MongoFailure) -> Result
    ) throws(MongoFailure) -> Result {
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
