internal import BSON
package import Contracts
internal import JSON
internal import ThreadExecutors

/// Sequences as rows of `gateway.sequences`, on one connection and thread: calls are serialised.
///
/// A reservation is one `findAndModify` with `$inc`, outside of any transaction: the server carries out one after the other
/// and answers once it is durable, so no failover takes it back. What an unanswered one has taken is left out.
package actor MongoSequences: SequenceStore {
    private struct Start: Hashable {
        let name: String
        let first: Int64
    }

    private enum Reservation {
        case numbers(Range<Int64>)
        /// The row that cannot give them.
        case refused(row: [UInt8])
    }

    nonisolated let lane = ThreadExecutor(named: "mongo-sequences")
    package nonisolated var unownedExecutor: UnownedSerialExecutor { lane.asUnownedSerialExecutor() }

    private let patience: Duration
    private var connection: ExecutorConnection
    /// Those whose row was there, and not behind.
    private var started: Set<Start> = []

    init(of deployment: MongoDeployment) {
        patience = deployment.settings.closePatience
        connection = ExecutorConnection(of: deployment)
    }

    package func reserve(_ count: Int, of name: String, from first: Int64) throws(StoreError) -> Range<Int64> {
        precondition(count > 0, "reserves no numbers")
        let start = Start(name: name, first: first)
        let made = try connection.asking { connection throws(MongoFailure) -> Reservation in
            if started.contains(start), let numbers = try take(count, of: name, on: connection) {
                return .numbers(numbers)
            }
            started.remove(start)
            try begin(start, on: connection)
            if let numbers = try take(count, of: name, on: connection) {
                started.insert(start)
                return .numbers(numbers)
            }
            let found = try connection.find(["_id": .value(name)], in: StoreCollections.sequences)
            return .refused(row: found.isEmpty ? .document { _ in } : found.withDocument(0) { Array($0) })
        }
        switch made {
        case .numbers(let numbers): return numbers
        case .refused(let row):
            throw row.withUnsafeBytes { SequenceRow.refusal(BSONElements($0), name: name, count: count) }
        }
    }

    /// Makes the row, or moves one that is behind.
    private func begin(_ start: Start, on connection: MongoConnection) throws(MongoFailure) {
        let row: BSONLiteral = ["_id": .value(start.name)]
        let creation: BSONLiteral = [
            "q": row, "u": ["$setOnInsert": ["next": .int64(start.first)]], "upsert": true,
        ]
        // Two may make it at the same time; one of them then finds it there.
        try connection.update(StoreCollections.sequences, [creation], ignoring: ServerCode.duplicateKey)
        let move: BSONLiteral = [
            "q": row + ["next": ["$type": ["int", "long"]]], "u": ["$max": ["next": .int64(start.first)]],
        ]
        try connection.update(StoreCollections.sequences, [move])
    }

    /// Nil if there is no row from which so many can be taken.
    private func take(
        _ count: Int, of name: String, on connection: MongoConnection
    ) throws(MongoFailure) -> Range<Int64>? {
        let count = Int64(count)
        let reply = try connection.write(
            "findAndModify", to: StoreCollections.sequences, concern: .majorityJournal,
            [
                "query": [
                    "_id": .value(name), "next": ["$type": ["int", "long"], "$lte": .int64(Int64.max - count)],
                ],
                "update": ["$inc": ["next": .int64(count)]], "new": false,
            ])
        return reply.withUnsafeBytes { bytes in
            let row = BSONElements(bytes).first(named: "value")?.elements
            return row.flatMap { SequenceRow.next(in: $0) }.map { $0..<$0 &+ count }
        }
    }

    /// Call after all that reserve have ended.
    package nonisolated func close() async { _ = await finished(within: patience) { await self.shutDown() } }

    private func shutDown() {
        connection.close()
        lane.stop()
    }
}

extension MongoDeployment {
    /// Sequences on a connection of their own; the caller must close them.
    package func makeSequences() -> MongoSequences { MongoSequences(of: self) }
}
