internal import BSON
package import Contracts
package import Logging
internal import Synchronization

/// A MongoDB deployment: its connection pool, lanes, and this instance's heartbeat.
///
/// ```swift
/// let mongo = try MongoDeployment(MongoSettings(uri: …, database: …), logger: logger)
/// try await mongo.connect()                       // until it succeeds
/// async let heart: Void = mongo.run()             // as long as there are lanes
/// let store = mongo.makeLane(named: "catalogs-0")
/// ```
package final class MongoDeployment: Sendable {
    private struct State {
        var pool: ClientPool?
        var control: MongoControl?
        var guarantee: Guarantee?
        var notes: [String] = []
        var isClosed = false
    }

    package let settings: MongoSettings
    package let database: String
    let logger: Logger
    let healthBoard = HealthBoard()
    /// Orders this process's postings after the stored ones.
    package let postingClock = PostingClock(now: { WallClock.now() })
    /// Server time limit of queries that may remain unanswered: less than the socket timeout, or the connection would
    /// be lost with the answer.
    let questionTime: Duration
    /// Socket timeout; nil: unlimited.
    let socketPatience: Duration?
    private let state = Mutex(State())

    /// Parses the connection string without connecting. Throws if `mongoDB.uri` or `mongoDB.database` is invalid, with
    /// a remedy and without secrets.
    package init(_ settings: MongoSettings, logger: Logger) throws(StoreError) {
        MongoDriver.start(logger: logger)
        self.settings = settings
        self.logger = logger
        let uri = try MongoURI(settings.uri)
        database = try Self.checked(database: settings.database ?? uri.database)
        let patience = uri.socketTimeoutMilliseconds
        socketPatience = patience > 0 ? .milliseconds(patience) : nil
        questionTime = patience > 0 ? min(.seconds(2), .milliseconds(max(1, Int(patience) / 2))) : .seconds(2)
    }

    /// Whether the store is reachable. Thread-safe.
    package var health: StoreHealth { healthBoard.current }

    /// Whether the heartbeat reaches the server. Thread-safe.
    package var isReachable: Bool { healthBoard.isReachable }

    /// Delivery guarantee; nil before ``connect()`` has succeeded.
    package var guarantee: Guarantee? { state.withLock { $0.guarantee } }

    /// How that is read which leads to something outside the store: what could still be rolled back is not.
    var readConcern: BSONLiteral { guarantee == .exactlyOnce ? .majorityRead : .absent }

    /// What a person should do something about though the store works, in words; found at ``connect()``.
    package var notes: [String] { state.withLock { $0.notes } }

    /// Connects and determines whether there are transactions. With ``MongoSettings/preparesDatabase`` also creates our
    /// collections and indexes, and ends dead instances' sessions. May be repeated, also after success. Takes up to the
    /// URI's `serverSelectionTimeoutMS` (default 5 s) if no server answers.
    package func connect() async throws(StoreError) {
        let prepared: MongoControl.Prepared
        do throws(MongoFailure) {
            prepared = try await openControl().prepare()
        } catch {
            throw error.storeError
        }
        state.withLock { state in
            state.pool = prepared.pool
            state.guarantee = prepared.guarantee
            state.notes = prepared.notes
        }
        for note in prepared.notes { logger.warning("\(note)") }
        if prepared.guarantee == .atLeastOnce {
            logger.warning(
                "MongoDB is a standalone mongod: no transactions, so a crash in the middle of a batch repeats a part of it. Make it a replica set (mongod --replSet rs0, then rs.initiate()) for exactly-once effect"
            )
        }
    }

    /// Sends this instance's heartbeat and ends dead ones' sessions, until the task is cancelled.
    package func run() async throws {
        while !Task.isCancelled {
            try await Task.sleep(for: settings.beatInterval)
            await state.withLock { $0.control }?.beat()
        }
    }

    /// After all lanes and readers are closed, also where ``connect()`` never succeeded. Ends the server's sessions; at most ``MongoSettings/closePatience``.
    package func close() async {
        let control = state.withLock { state in
            defer { state.control = nil }
            state.isClosed = true
            return state.control
        }
        guard let control else { return }
        if await !finished(within: settings.closePatience, { await control.close() }) {
            logger.warning(
                "MongoDB did not answer while the gateway closed; its sessions end on the server by themselves")
        }
    }

    // MARK: For lanes and readers

    func openPool() throws(MongoFailure) -> ClientPool {
        if let pool = state.withLock({ $0.pool }) { return pool }
        throw Self.notConnected
    }

    func control() throws(MongoFailure) -> MongoControl {
        if let control = state.withLock({ $0.control }) { return control }
        throw Self.notConnected
    }

    private static let notConnected = MongoFailure(
        step: .connect, origin: .selection, code: 0, text: "not connected yet, or closed already")

    private func openControl() throws(MongoFailure) -> MongoControl {
        let opened = state.withLock { state in
            Result { () throws(MongoFailure) in
                if state.isClosed { throw Self.notConnected }
                if let control = state.control { return control }
                let control = MongoControl(
                    database: database, settings: settings, postingClock: postingClock, health: healthBoard,
                    logger: logger)
                state.control = control
                return control
            }
        }
        return try opened.get()
    }

    private static func checked(database name: String?) throws(StoreError) -> String {
        guard let name, !name.isEmpty else {
            throw StoreError(
                kind: .unknown, code: 0,
                message: "mongoDB.database is missing: set it, or name the database in mongoDB.uri behind the hosts")
        }
        guard DatabaseName.isValid(name) else {
            throw StoreError(
                kind: .unknown, code: 0,
                message: "mongoDB.database: expected \(DatabaseName.rule), found '\(name.prefix(80))'")
        }
        return name
    }
}
