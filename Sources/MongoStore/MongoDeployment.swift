package import Logging
package import Pipeline
internal import Synchronization

/// A MongoDB deployment as the gateway uses it: one pool of connections, the lanes on it, this instance's heartbeat.
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
    /// Gives this process's postings their order, behind those that are stored.
    package let postingClock = PostingClock(now: { wallClockMilliseconds() })
    /// How long the server may take for a question whose answer may also be "not known": less than the socket's patience, or
    /// the connection would be lost with the answer.
    let questionTime: Duration
    /// How long a connection waits for the server; nil: for ever.
    let socketPatience: Duration?
    private let state = Mutex(State())

    /// Reads the connection string; does not connect. Throws where `mongoDB.uri` or `mongoDB.database` cannot be used,
    /// with a remedy and without a secret.
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

    /// Whether the store can be reached; from any thread.
    package var health: StoreHealth { healthBoard.current }

    /// What a batch's effect can be promised to be; nil before ``connect()`` has succeeded.
    package var guarantee: Guarantee? { state.withLock { $0.guarantee } }

    /// What a person should do something about though the store works, in words; found at ``connect()``.
    package var notes: [String] { state.withLock { $0.notes } }

    /// Connects, finds out whether there are transactions, and, where ``MongoSettings/preparesDatabase`` says so, creates our
    /// collections and indexes and ends what dead instances have left open. May be called again until it succeeds, and any time after. Takes as long as the URI's
    /// `serverSelectionTimeoutMS` (5 s unless it says otherwise) when no server is there.
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

    /// Keeps this instance's heartbeat and ends the sessions of dead ones, until the task is cancelled.
    package func run() async throws {
        while !Task.isCancelled {
            try await Task.sleep(for: settings.beatInterval)
            await state.withLock { $0.control }?.beat()
        }
    }

    /// A store for one ordered stream. Before ``connect()`` has succeeded its batches fail as unavailable.
    package func makeLane(named name: String) -> MongoLane { MongoLane(of: self, named: name) }

    /// A reader for status, dead letters and the like, with a connection of its own.
    package func makeReader() -> MongoReader { MongoReader(of: self) }

    /// The postings that wait, with a connection of its own.
    package func makePostings() -> MongoPostings { MongoPostings(of: self) }

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

    /// MongoDB's own rule for names of databases.
    private static func checked(database name: String?) throws(StoreError) -> String {
        guard let name, !name.isEmpty else {
            throw StoreError(
                kind: .unknown, code: 0,
                message: "mongoDB.database is missing: set it, or name the database in mongoDB.uri behind the hosts")
        }
        let isValid = name.utf8.count < 64 && !name.utf8.contains(0) && !name.contains { "/\\. \"$*<>:|?".contains($0) }
        guard isValid else {
            throw StoreError(
                kind: .unknown, code: 0,
                message:
                    "mongoDB.database '\(name)' is no name of a database: at most 63 bytes, none of / \\ . \" $ * < > : | ? and no space"
            )
        }
        return name
    }
}
