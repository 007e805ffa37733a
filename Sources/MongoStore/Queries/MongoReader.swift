package import BSON
package import Contracts
internal import Synchronization
internal import ThreadExecutors

/// Reads for people: dead letters, status. On a thread and connection of its own, outside any batch.
package actor MongoReader {
    nonisolated let lane = ThreadExecutor(named: "mongo-reader")
    package nonisolated var unownedExecutor: UnownedSerialExecutor { lane.asUnownedSerialExecutor() }

    /// The server's error code for exceeding `maxTime`.
    package static let tookTooLong = 50

    let deployment: MongoDeployment
    private var connection: MongoConnection?
    private let isClosed = Mutex(false)

    init(of deployment: MongoDeployment) { self.deployment = deployment }

    // MARK: Any collection

    /// Without `limit`, all that match; without `projection` whole. What takes the server longer than `maxTime` fails.
    /// `ofMajority`: only what no failover takes back, for what is done because of it. `isUrgent`: fails at once while the
    /// store is known to be away, however many calls wait. Ends early where all of it has more than `bytes`.
    package func find(
        in collection: String, filter: BSONLiteral, sort: BSONLiteral = .absent, projection: BSONLiteral = .absent,
        skip: Int = 0, limit: Int? = nil, maxTime: Duration? = nil, ofMajority: Bool = false,
        isUrgent: Bool = false, atMost bytes: Int = .max
    ) throws(StoreError) -> BSONSequence {
        if isUrgent, !deployment.isReachable {
            throw StoreError(kind: .unavailable, code: 0, message: deployment.health.detail)
        }
        return try using { connection throws(MongoFailure) in
            var found = BSONSequence()
            try connection.find(
                filter, in: collection,
                [
                    "sort": sort, "projection": projection, "skip": skip > 0 ? .int64(skip) : .absent,
                    "limit": .ifThere(limit) { .int64($0) },
                    "readConcern": ofMajority ? deployment.readConcern : .absent,
                    "maxTimeMS": .ifThere(maxTime) { .int64($0.milliseconds) },
                ], into: &found, atMost: bytes)
            return found
        }
    }

    package func count(
        in collection: String, filter: BSONLiteral, upTo limit: Int? = nil, maxTime: Duration? = nil
    ) throws(StoreError) -> Int {
        let reply = try command([
            "count": .value(collection), "query": filter, "limit": .ifThere(limit) { .int64($0) },
            "maxTimeMS": .ifThere(maxTime) { .int64($0.milliseconds) },
        ])
        return reply.withUnsafeBytes { Int(BSONElements($0).first(named: "n")?.integer ?? 0) }
    }

    /// Runs a command, whose first member is its name, and returns the server's reply.
    @discardableResult
    package func command(_ command: BSONLiteral, on database: String? = nil) throws(StoreError) -> [UInt8] {
        try using { connection throws(MongoFailure) in try connection.run(command, on: database) }
    }

    /// Takes at most ``MongoSettings/closePatience``. The reader must not be used afterwards.
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

extension MongoDeployment {
    /// A reader for status, dead letters and the like, with a connection of its own.
    package func makeReader() -> MongoReader { MongoReader(of: self) }
}
