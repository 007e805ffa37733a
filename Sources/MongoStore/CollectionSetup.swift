internal import Documents
internal import Pipeline
internal import Records

/// What must be in the database before the first batch: our collections and their indexes. Every command may be given
/// again and again, by several instances at once. Pure commands on a connection that is lent; all of them block.
///
/// None of them waits for a majority: what a failover takes back is made again at the next start, or by the first write, and
/// a start must not wait for a secondary that is away.
struct CollectionSetup {
    let ledgerLifetime: Duration

    private enum Code {
        static let unauthorized = 13
        static let namespaceExists = 48
        static let indexOptionsConflict = 85
    }

    /// Returns what a person should know though the gateway works, in words. `hasReplicas`: it is no standalone mongod.
    func run(hasReplicas: Bool, on connection: MongoConnection) throws(MongoFailure) -> [String] {
        for collection in GatewayCollection.all {
            if let problem = try form(of: collection, creating: true, on: connection).problem(ofOwn: collection) {
                throw MongoFailure(step: .create(collection: collection), origin: .form, code: 0, text: problem)
            }
        }
        let notes = try ensureLedgerExpires(hasReplicas, on: connection)
        // With `_id`, so that letters of one millisecond have an order too: a replay of many goes through them in it.
        try createIndex(
            on: StoreNames.deadLetters, named: "state_receivedAt_id", hasReplicas, connection,
            keys: ["state", "receivedAt", "_id"])
        try createIndex(
            on: StoreNames.postings, named: PostingIndex.name, hasReplicas, connection, keys: PostingIndex.fields)
        return notes
    }

    /// What a collection is; where it is not there it is created. Outside any transaction: two transactions that both create it
    /// would be in each other's way. One who must not create or list collections may still use those that are there, and
    /// finds out when it uses them.
    func form(
        of collection: String, creating: Bool, on connection: MongoConnection
    ) throws(MongoFailure) -> CollectionForm {
        do throws(MongoFailure) {
            guard creating else { return try listedForm(of: collection, on: connection) }
            try connection.run("create") { command in
                command.append("create", string: collection)
                command.appendPrimaryOnly()
            }
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
    ) throws(MongoFailure) -> CollectionForm {
        do throws(MongoFailure) {
            let reply = try connection.run("listCollections") { command in
                command.append("listCollections", int64: 1)
                command.append("filter", document: { $0.append("name", string: collection) })
            }
            return reply.withUnsafeBytes { Self.firstListed(in: $0) } ?? .ordinary(collation: nil)
        } catch {
            guard error.code == Code.unauthorized else { throw error.at(.create(collection: collection)) }
            return .ordinary(collation: nil)
        }
    }

    private static func firstListed(in reply: UnsafeRawBufferPointer) -> CollectionForm? {
        let batch = BSONElements(reply).first(named: "cursor")?.elements?.first(named: "firstBatch")?.elements
        return batch?.first { _ in true }?.elements.map { CollectionForm(listed: $0) }
    }

    // MARK: How long the ledger is kept

    private func ensureLedgerExpires(
        _ hasReplicas: Bool, on connection: MongoConnection
    ) throws(MongoFailure) -> [String] {
        let wanted = ledgerLifetime.components.seconds
        do throws(MongoFailure) {
            try createIndex(
                on: StoreNames.ledger, named: "at", hasReplicas, connection, keys: ["at"], expiresAfter: wanted)
            return []
        } catch {
            guard error.code == Code.indexOptionsConflict else { throw error }
        }
        let stored = try ledgerExpiry(on: connection)
        if let stored, stored < wanted { return try lengthen(from: stored, to: wanted, on: connection) }
        return stored == wanted ? [] : [Self.isLonger(stored, than: wanted)]
    }

    /// Nil where the index says nothing of it: rows never expire.
    private func ledgerExpiry(on connection: MongoConnection) throws(MongoFailure) -> Int64? {
        let reply = try connection.run("listIndexes") { $0.append("listIndexes", string: StoreNames.ledger) }
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
        from stored: Int64, to wanted: Int64, on connection: MongoConnection
    ) throws(MongoFailure) -> [String] {
        do throws(MongoFailure) {
            try connection.run("collMod") { command in
                command.append("collMod", string: StoreNames.ledger)
                command.append(
                    "index",
                    document: { index in
                        index.append("keyPattern", document: { $0.append("at", int64: 1) })
                        index.append("expireAfterSeconds", int64: wanted)
                    })
                command.appendPrimaryOnly()
            }
            return []
        } catch {
            guard error.code == Code.unauthorized else { throw error }
            return [
                "ledger.keepDays is \(Self.days(wanted)) here, and \(StoreNames.ledger) is kept for \(Self.days(stored)) days;"
                    + " changing that needs the role dbAdmin on the database: grant it for one start of the gateway"
            ]
        }
    }

    /// A shorter time would make the ledger forget messages that another gateway, or one with its settings complete, still
    /// counts on.
    private static func isLonger(_ stored: Int64?, than wanted: Int64) -> String {
        let found = stored.map { "for \(days($0)) days" } ?? "for ever"
        return
            "ledger.keepDays is \(days(wanted)) here, and \(StoreNames.ledger) is kept \(found) by another gateway or an earlier"
            + " setting; the longer time stays in force: set ledger.keepDays to it everywhere, or shorten it with"
            + " db.runCommand({collMod: \"\(StoreNames.ledger)\", index: {keyPattern: {at: 1}, expireAfterSeconds: \(wanted)}})"
    }

    /// As `ledger.keepDays` is written; where it is no whole number of days, with a fraction.
    private static func days(_ seconds: Int64) -> String {
        seconds % 86_400 == 0 ? String(seconds / 86_400) : String(Double(seconds) / 86_400)
    }

    // MARK: Indexes

    private func createIndex(
        on collection: String, named name: String, _ hasReplicas: Bool, _ connection: MongoConnection,
        keys: [String], expiresAfter seconds: Int64? = nil
    ) throws(MongoFailure) {
        try connection.run("createIndexes") { command in
            command.append("createIndexes", string: collection)
            command.append(
                "indexes",
                array: { indexes in
                    indexes.append(
                        "0",
                        document: { index in
                            index.append("name", string: name)
                            index.append(
                                "key",
                                document: { fields in for key in keys { fields.append(Array(key.utf8), int64: 1) } })
                            if let seconds { index.append("expireAfterSeconds", int64: seconds) }
                        })
                })
            // Without it the server waits for every member, also for one that is away for long.
            if hasReplicas { command.append("commitQuorum", int64: 1) }
            command.appendPrimaryOnly()
        }
    }
}

extension MongoFailure {
    fileprivate func at(_ step: Step) -> MongoFailure {
        var failure = self
        failure.step = step
        return failure
    }
}

/// The index that the courier and the counts of postings go by: a destination by itself, in its order, without the rows that
/// only a person can help.
enum PostingIndex {
    static let name = "destination_state_id_name"
    static let fields = ["destination", "state", "_id", "name"]

    /// As a query's `hint`.
    static let keys: [UInt8] = .document { fields in
        for field in Self.fields { fields.append(Array(field.utf8), int64: 1) }
    }
}
