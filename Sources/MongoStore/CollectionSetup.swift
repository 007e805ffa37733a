internal import Documents
internal import Pipeline
internal import Records

/// What must be in the database before the first batch: our collections and their indexes. Every command may be given
/// again and again, by several instances at once. Pure commands on a connection that is lent; all of them block.
struct CollectionSetup {
    let ledgerLifetime: Duration

    private enum Code {
        static let unauthorized = 13
        static let namespaceExists = 48
        static let indexOptionsConflict = 85
    }

    /// Returns what could not be done and does not keep the gateway from working, in words for the log.
    func run(on connection: MongoConnection) throws(MongoFailure) -> [String] {
        for collection in GatewayCollection.all {
            if let problem = try form(of: collection, on: connection).problem(ofOwn: collection) {
                throw MongoFailure(step: .create(collection: collection), origin: .form, code: 0, text: problem)
            }
        }
        let notes = try ensureLedgerExpires(on: connection)
        try ensureDeadLetterIndex(on: connection)
        return notes
    }

    /// What a collection is; where it is not there it is created. Outside any transaction: two transactions that both create it
    /// would be in each other's way. One who must not create or list collections may still use those that are there, and
    /// finds out when it uses them.
    func form(of collection: String, on connection: MongoConnection) throws(MongoFailure) -> CollectionForm {
        do throws(MongoFailure) {
            try connection.run("create") { command in
                command.append("create", string: collection)
                command.appendMajority()
            }
            return .ordinary(collation: nil)
        } catch {
            guard [Code.namespaceExists, Code.unauthorized].contains(error.code) else {
                throw error.at(.create(collection: collection))
            }
        }
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

    private func ensureLedgerExpires(on connection: MongoConnection) throws(MongoFailure) -> [String] {
        let seconds = ledgerLifetime.components.seconds
        do throws(MongoFailure) {
            try createIndex(on: StoreNames.ledger, named: "at", connection) { index in
                index.append("key", document: { $0.append("at", int64: 1) })
                index.append("expireAfterSeconds", int64: seconds)
            }
        } catch {
            guard error.code == Code.indexOptionsConflict else { throw error }
            return try changeLedgerExpiry(to: seconds, on: connection)
        }
        return []
    }

    private func changeLedgerExpiry(
        to seconds: Int64, on connection: MongoConnection
    ) throws(MongoFailure) -> [String] {
        do throws(MongoFailure) {
            try connection.run("collMod") { command in
                command.append("collMod", string: StoreNames.ledger)
                command.append(
                    "index",
                    document: { index in
                        index.append("keyPattern", document: { $0.append("at", int64: 1) })
                        index.append("expireAfterSeconds", int64: seconds)
                    })
                command.appendMajority()
            }
            return []
        } catch {
            guard error.code == Code.unauthorized else { throw error }
            return [
                "the days that the ledger is kept stay as they were: changing them needs the role dbAdmin on the database"
            ]
        }
    }

    private func ensureDeadLetterIndex(on connection: MongoConnection) throws(MongoFailure) {
        // With `_id`, so that letters of one millisecond have an order too: a replay of many goes through them in it.
        try createIndex(on: StoreNames.deadLetters, named: "state_receivedAt_id", connection) { index in
            index.append(
                "key",
                document: { key in
                    key.append("state", int64: 1)
                    key.append("receivedAt", int64: 1)
                    key.append("_id", int64: 1)
                })
        }
    }

    private func createIndex(
        on collection: String, named name: String, _ connection: MongoConnection, _ body: (inout BSONWriter) -> Void
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
                            body(&index)
                        })
                })
            command.appendMajority()
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
