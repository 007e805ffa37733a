package import Documents
internal import Lanes
package import Pipeline
package import Records
internal import Synchronization

/// Reads for people: dead letters, status. On a thread and a connection of its own, outside any batch.
package actor MongoReader {
    nonisolated let lane = Lane(named: "mongo-reader")
    package nonisolated var unownedExecutor: UnownedSerialExecutor { lane.asUnownedSerialExecutor() }

    private let deployment: MongoDeployment
    private var connection: MongoConnection?
    private let isClosed = Mutex(false)

    init(of deployment: MongoDeployment) { self.deployment = deployment }

    // MARK: Dead letters

    /// The newest ones first, `limit` at most.
    package func deadLetters(_ query: DeadLetterQuery, limit: Int) throws(StoreError) -> BSONSequence {
        try find(
            in: StoreNames.deadLetters, filter: query.filter,
            sort: [UInt8].document { $0.append("receivedAt", int64: -1) }, limit: limit)
    }

    /// The dead letter of that `_id`; empty where there is none.
    package func deadLetter(_ id: ByteString) throws(StoreError) -> BSONSequence {
        try find(in: StoreNames.deadLetters, filter: .document { $0.append("_id", string: id) }, limit: 1)
    }

    package func countDeadLetters(_ query: DeadLetterQuery) throws(StoreError) -> Int {
        try count(in: StoreNames.deadLetters, filter: query.filter)
    }

    /// How many there are of each state.
    package func countDeadLettersByState() throws(StoreError) -> [DeadLetterQuery.State: Int] {
        var counts: [DeadLetterQuery.State: Int] = [:]
        for state in DeadLetterQuery.State.allCases {
            var query = DeadLetterQuery()
            query.states = [state]
            counts[state] = try countDeadLetters(query)
        }
        return counts
    }

    // MARK: Any collection

    /// `filter`, `sort` and `projection` are BSON documents of our own making; without `limit`, all that match, without
    /// `projection` whole.
    package func find(
        in collection: String, filter: [UInt8], sort: [UInt8]? = nil, projection: [UInt8]? = nil, skip: Int = 0,
        limit: Int? = nil
    ) throws(StoreError) -> BSONSequence {
        try using { connection throws(MongoFailure) in
            var found = BSONSequence()
            let settings = OwnedBSON()
            if let sort { try settings.append("sort", document: sort) }
            if let projection { try settings.append("projection", document: projection) }
            if skip > 0 { settings.append("skip", int64: Int64(skip)) }
            if let limit { settings.append("limit", int64: Int64(limit)) }
            try connection.find(in: collection, filter: filter, settings: settings, into: &found)
            return found
        }
    }

    package func count(in collection: String, filter: [UInt8]) throws(StoreError) -> Int {
        let reply = try command("count") { command in
            command.append("count", string: collection)
            filter.withUnsafeBytes { command.append(BSONWriter.bytes(of: "query"), type: 3, value: $0) }
        }
        return reply.withUnsafeBytes { Int(BSONElements($0).first(named: "n")?.integer ?? 0) }
    }

    /// Runs a command whose fields `body` appends, its name first, and returns the server's reply.
    @discardableResult
    package func command(
        _ name: String, on database: String? = nil, _ body: @Sendable (inout BSONWriter) -> Void
    ) throws(StoreError) -> [UInt8] {
        try using { connection throws(MongoFailure) in try connection.run(name, on: database, body) }
    }

    /// At most ``MongoSettings/closePatience``. The reader cannot be used afterwards.
    package nonisolated func close() async {
        let isFirst = isClosed.withLock { isClosed in
            defer { isClosed = true }
            return !isClosed
        }
        if isFirst { _ = await finished(within: deployment.settings.closePatience) { await self.shutDown() } }
    }

    private func shutDown() {
        connection?.close()
        connection = nil
        lane.stop()
    }

    private func using<Result>(
        _ body: (MongoConnection) throws(MongoFailure) -> Result
    ) throws(StoreError) -> Result {
        do throws(MongoFailure) {
            return try body(openConnection())
        } catch {
            throw error.storeError
        }
    }

    private func openConnection() throws(MongoFailure) -> MongoConnection {
        if let connection { return connection }
        let new = try MongoConnection(pool: deployment.openPool(), database: deployment.database)
        connection = new
        return new
    }
}

extension [UInt8] {
    /// One BSON document.
    static func document(_ body: (inout BSONWriter) -> Void) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendDocument(body)
        return bytes
    }
}
