internal import BSON
internal import Contracts
internal import JSON

/// Creates our collections and indexes before the first batch. Idempotent, also under concurrent calls of several
/// instances. Pure commands on a borrowed connection; all of them block.
///
/// Does not wait for a majority: what a failover rolls back is created again at the next start or write, and a start
/// must not wait for an unavailable secondary.
struct CollectionSetup {
    let ledgerLifetime: Duration

    private enum Code {
        static let unauthorized = 13
        static let namespaceExists = 48
        static let indexOptionsConflict = 85
    }

    /// Returns problems for people that do not prevent operation. `hasReplicas`: false for a standalone mongod.
    func run(hasReplicas: Bool, on connection: MongoConnection) throws(MongoFailure) -> [String] {
        for collection in StoreCollections.all {
            if let problem = try form(of: collection, creating: true, on: connection).problem(ofOwn: collection) {
                throw MongoFailure(step: .create(collection: collection), origin: .form, code: 0, text: problem)
            }
        }
        let notes = try ensureExpiry(of: StoreCollections.ledger, hasReplicas, on: connection)
        let further = try ensureExpiry(of: StoreCollections.tombstones, hasReplicas, on: connection)
        // With `_id` as tie-breaker within a millisecond: bulk replays page through this order.
        try createIndex(
            on: StoreCollections.deadLetters, named: "state_receivedAt_id", hasReplicas, connection,
            keys: ["state": 1, "receivedAt": 1, "_id": 1])
        try createIndex(
            on: StoreCollections.postings, named: PostingIndex.name, hasReplicas, connection, keys: PostingIndex.keys)
        try createIndex(
            on: StoreCollections.pushes, named: "registeredAt", hasReplicas, connection, keys: ["registeredAt": 1],
            expiresAfter: PushRow.lifetime)
        // Both come from one setting, and are changed alike.
        return notes.isEmpty ? further : notes
    }

    /// A collection's properties; creates it if missing. Outside transactions, since two that create it would conflict.
    /// Without the permission to create or list collections existing ones may still be used, and errors show on use.
    func form(
        of collection: String, creating: Bool, on connection: MongoConnection
    ) throws(MongoFailure) -> CollectionKind {
        do throws(MongoFailure) {
            guard creating else { return try listedForm(of: collection, on: connection) }
            try connection.run(["create": .value(collection), "writeConcern": .primaryOnly])
            return .ordinary(collation: nil)
        } catch {
            guard [Code.namespaceExists, Code.unauthorized].contains(error.code) else {
                throw error.at(.create(collection: collection))
            }
        }
        return try listedForm(of: collection, on: connection)
    }

    private func listedForm(
        of collection: String, on connection: MongoConnection
    ) throws(MongoFailure) -> CollectionKind {
        do throws(MongoFailure) {
            let reply = try connection.run(["listCollections": 1, "filter": ["name": .value(collection)]])
            return reply.withUnsafeBytes { Self.firstListed(in: $0) } ?? .ordinary(collation: nil)
        } catch {
            guard error.code == Code.unauthorized else { throw error.at(.create(collection: collection)) }
            return .ordinary(collation: nil)
        }
    }

    private static func firstListed(in reply: UnsafeRawBufferPointer) -> CollectionKind? {
        let batch = BSONElements(reply).first(named: "cursor")?.elements?.first(named: "firstBatch")?.elements
        return batch?.first { _ in true }?.elements.map { CollectionKind(listed: $0) }
    }

    // MARK: How long the ledger and tombstones are kept

    private func ensureExpiry(
        of collection: String, _ hasReplicas: Bool, on connection: MongoConnection
    ) throws(MongoFailure) -> [String] {
        let wanted = ledgerLifetime.components.seconds
        do throws(MongoFailure) {
            try createIndex(
                on: collection, named: "at", hasReplicas, connection, keys: ["at": 1], expiresAfter: wanted)
            return []
        } catch {
            guard error.code == Code.indexOptionsConflict else { throw error }
        }
        let stored = try expiry(of: collection, on: connection)
        if let stored, stored < wanted { return try lengthen(collection, from: stored, to: wanted, on: connection) }
        return stored == wanted ? [] : [Self.isLonger(collection, stored, than: wanted)]
    }

    /// Nil if the index has no expiry: rows never expire.
    private func expiry(of collection: String, on connection: MongoConnection) throws(MongoFailure) -> Int64? {
        let reply = try connection.run(["listIndexes": .value(collection)])
        return reply.withUnsafeBytes { bytes in
            let batch = BSONElements(bytes).first(named: "cursor")?.elements?.first(named: "firstBatch")?.elements
            return batch?.compactMap { index -> Int64? in
                guard let fields = index.elements, fields.first(named: "key")?.elements?.first(named: "at") != nil
                else { return nil }
                return fields.first(named: "expireAfterSeconds")?.integer
            }.first
        }
    }

    private func lengthen(
        _ collection: String, from stored: Int64, to wanted: Int64, on connection: MongoConnection
    ) throws(MongoFailure) -> [String] {
        do throws(MongoFailure) {
            try connection.run([
                "collMod": .value(collection),
                "index": ["keyPattern": ["at": 1], "expireAfterSeconds": .int64(wanted)],
                "writeConcern": .primaryOnly,
            ])
            return []
        } catch {
            guard error.code == Code.unauthorized else { throw error }
            return [
                "ledger.keepDays is \(Self.days(wanted)) here, and \(collection) is kept for \(Self.days(stored)) days;"
                    + " changing that needs the role dbAdmin on the database: grant it for one start of the gateway"
            ]
        }
    }

    /// A shorter time would make the ledger forget messages that another gateway still relies on.
    private static func isLonger(_ collection: String, _ stored: Int64?, than wanted: Int64) -> String {
        let found = stored.map { "for \(days($0)) days" } ?? "forever"
        return
            "ledger.keepDays is \(days(wanted)) here, and \(collection) is kept \(found) by another gateway or an earlier"
            + " setting; the longer time stays in force: set ledger.keepDays to it everywhere, or shorten it with"
            + " db.runCommand({collMod: \"\(collection)\", index: {keyPattern: {at: 1}, expireAfterSeconds: \(wanted)}})"
    }

    /// In the format of `ledger.keepDays`, with a fraction if not a whole number of days.
    private static func days(_ seconds: Int64) -> String {
        seconds % 86_400 == 0 ? String(seconds / 86_400) : String(Double(seconds) / 86_400)
    }

    // MARK: Indexes

    private func createIndex(
        on collection: String, named name: String, _ hasReplicas: Bool, _ connection: MongoConnection,
        keys: BSONLiteral, expiresAfter seconds: Int64? = nil
    ) throws(MongoFailure) {
        try connection.run([
            "createIndexes": .value(collection),
            "indexes": [["name": .value(name), "key": keys, "expireAfterSeconds": .ifThere(seconds) { .int64($0) }]],
            // Without it the server waits for every member, also for one that is away for long.
            "commitQuorum": hasReplicas ? 1 : .absent,
            "writeConcern": .primaryOnly,
        ])
    }
}

extension MongoFailure {
    fileprivate func at(_ step: Step) -> MongoFailure {
        var failure = self
        failure.step = step
        return failure
    }
}

/// The index used by the outbox relay and the counts of postings: per destination, in order, without stuck rows.
enum PostingIndex {
    static let name = "destination_state_id_name"
    /// Also as a query's `hint`.
    static let keys: BSONLiteral = ["destination": 1, "state": 1, "_id": 1, "name": 1]
}
