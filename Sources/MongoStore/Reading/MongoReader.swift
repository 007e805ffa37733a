internal import Lanes
package import Pipeline
package import Records
internal import Synchronization

/// Reads for people: dead letters, status. On a thread and a connection of its own, outside any batch.
package actor MongoReader {
    nonisolated let lane = Lane(named: "mongo-reader")
    package nonisolated var unownedExecutor: UnownedSerialExecutor { lane.asUnownedSerialExecutor() }

    /// The server's code for what took longer than `maxTime`.
    package static let tookTooLong = 50

    let deployment: MongoDeployment
    private var connection: MongoConnection?
    private let isClosed = Mutex(false)

    init(of deployment: MongoDeployment) { self.deployment = deployment }

    // MARK: Any collection

    /// `filter`, `sort` and `projection` are BSON documents of our own making; without `limit`, all that match, without
    /// `projection` whole. What takes the server longer than `maxTime` fails. `ofMajority`: only what no failover takes back, for
    /// what is done because of it.
    package func find(
        in collection: String, filter: [UInt8], sort: [UInt8]? = nil, projection: [UInt8]? = nil, skip: Int = 0,
        limit: Int? = nil, maxTime: Duration? = nil, ofMajority: Bool = false
    ) throws(StoreError) -> BSONSequence {
        try using { connection throws(MongoFailure) in
            var found = BSONSequence()
            let settings = OwnedBSON()
            if let sort { try settings.append("sort", document: sort) }
            if let projection { try settings.append("projection", document: projection) }
            if skip > 0 { settings.append("skip", int64: Int64(skip)) }
            if let limit { settings.append("limit", int64: Int64(limit)) }
            if ofMajority, deployment.guarantee == .exactlyOnce { try settings.appendMajorityRead() }
            if let maxTime { settings.append("maxTimeMS", int64: maxTime.milliseconds) }
            try connection.find(in: collection, filter: filter, settings: settings, into: &found)
            return found
        }
    }

    package func count(
        in collection: String, filter: [UInt8], upTo limit: Int? = nil, maxTime: Duration? = nil
    ) throws(StoreError) -> Int {
        let reply = try command("count") { command in
            command.append("count", string: collection)
            filter.withUnsafeBytes { command.append(BSONWriter.bytes(of: "query"), type: 3, value: $0) }
            if let limit { command.append("limit", int64: Int64(limit)) }
            if let maxTime { command.append("maxTimeMS", int64: maxTime.milliseconds) }
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
