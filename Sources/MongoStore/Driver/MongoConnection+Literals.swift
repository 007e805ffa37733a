internal import CMongoC
internal import JSON
internal import BSON

/// Commands and queries off the hot path, as literals. All of them block the lane's thread.
extension MongoConnection {
    /// Runs a command on the primary, outside the session's transaction, and returns the reply. The command's first member
    /// is its name.
    @discardableResult
    func run(_ command: BSONLiteral, on database: String? = nil) throws(MongoFailure) -> [UInt8] {
        let name = command.firstName
        return try run(name, command.encoded(for: .command(name)), on: database)
    }

    /// What a query finds on the primary. `settings` are libmongoc's options of a find.
    func find(
        _ filter: BSONLiteral, in collection: String, _ settings: BSONLiteral = [:]
    ) throws(MongoFailure) -> BSONSequence {
        var found = BSONSequence()
        try find(filter, in: collection, settings, into: &found)
        return found
    }

    /// The same, appended to what was found before. Ends early where all of it has more than `bytes`.
    func find(
        _ filter: BSONLiteral, in collection: String, _ settings: BSONLiteral, into found: inout BSONSequence,
        atMost bytes: Int = .max
    ) throws(MongoFailure) {
        let step = MongoFailure.Step.read(collection: collection)
        try find(
            in: collection, filter: filter.encoded(for: step), settings: OwnedBSON(settings, for: step), into: &found,
            atMost: bytes)
    }

    /// Begins a query on the primary. `settings` are libmongoc's options of a find.
    func open(
        _ filter: BSONLiteral, in collection: String, _ settings: BSONLiteral
    ) throws(MongoFailure) -> OpenCursor? {
        let step = MongoFailure.Step.read(collection: collection)
        let handle = CollectionHandle(client: client, database: database, name: collection)
        let options = try OwnedBSON(settings, for: step)
        let opened = try filterView.with(filter.encoded(for: step), for: step) { filter in
            mongoc_collection_find_with_opts(handle.pointer, filter, options.pointer, self.options.primary)
        }
        return opened.map { OpenCursor(takingOwnershipOf: $0, collection: collection) }
    }

    /// The `_id`s of documents that the filter takes, `limit` at most. Nil where the server did not know them within that time.
    func findIDs(
        _ filter: BSONLiteral, in collection: String, limit: Int, within time: Duration
    ) throws(MongoFailure) -> [BSONValue]? {
        do throws(MongoFailure) {
            return try find(
                filter, in: collection,
                ["limit": .int64(limit), "maxTimeMS": .int64(time.milliseconds), "projection": .byID]
            ).ids
        } catch {
            guard error.isOutOfTime else { throw error }
            return nil
        }
    }

    /// Runs a command that writes, durable when it is answered. Such a command says in its reply, and not by failing, what it
    /// has not written. Returns the reply; `ignoring` are codes of single documents that do not count.
    @discardableResult
    func write(
        _ name: BSONLiteral.Name, to collection: String, ignoring codes: Set<Int> = [],
        concern: BSONLiteral = .majority, _ members: BSONLiteral
    ) throws(MongoFailure) -> [UInt8] {
        let reply = try run([name: .value(collection)] + members + ["writeConcern": concern])
        if let failure = reply.withUnsafeBytes({ Self.failure(in: $0, of: collection, ignoring: codes) }) {
            throw failure
        }
        return reply
    }

    private static func failure(
        in reply: UnsafeRawBufferPointer, of collection: String, ignoring codes: Set<Int>
    ) -> MongoFailure? {
        let fields = BSONElements(reply)
        var isBad = fields.first(named: "writeConcernError") != nil
        if let errors = fields.first(named: "writeErrors")?.elements {
            for error in errors {
                let code = error.elements?.first(named: "code")?.integer ?? 0
                if !codes.contains(Int(code)) { isBad = true }
            }
        }
        return isBad ? MongoFailure(step: .write(collection: collection), reply: reply) : nil
    }

    /// Bytes of updates in one command; a single larger one still goes, alone. The server takes 48 MB, and documents of 16 MB.
    private static let bytesOfUpdates = 8 << 20

    /// Runs `update` commands with these updates (`{q, u, …}`), as many as their size needs. Returns how many documents they
    /// found. Where one command fails, those before it have been carried out.
    @discardableResult
    func update(
        _ collection: String, _ updates: [BSONLiteral], ignoring codes: Set<Int> = []
    ) throws(MongoFailure) -> Int {
        var encoded = BSONSequence()
        for update in updates { try encoded.append(update, for: .write(collection: collection)) }
        var found = 0
        for piece in encoded.pieces(ofBytes: Self.bytesOfUpdates) {
            let reply = try write(
                "update", to: collection, ignoring: codes, ["updates": .documents(piece), "ordered": false])
            found += reply.withUnsafeBytes { Int(BSONElements($0).first(named: "n")?.integer ?? 0) }
        }
        return found
    }
}

extension BSONLiteral {
    /// Throws a failure of that step where a value from outside would be more than one.
    func encoded(for step: MongoFailure.Step) throws(MongoFailure) -> [UInt8] {
        do throws(Refusal) { return try encoded() } catch { throw MongoFailure(step: step, refusal: error) }
    }

    /// `writeConcern` of a command that is to be durable when it is answered.
    static let majority: BSONLiteral = [
        "w": "majority", "wtimeout": .int64(TransactionOptions.majorityTimeoutMilliseconds),
    ]
    /// The same, also where a majority or a server without replicas does not wait for the journal by itself.
    static let majorityJournal: BSONLiteral = majority + ["j": true]
    /// `writeConcern` of a command that must not wait for secondaries: the server's own default is the majority.
    static let primaryOnly: BSONLiteral = ["w": 1]
    /// `readConcern` of what leads to something outside the store.
    static let majorityRead: BSONLiteral = ["level": "majority"]
    /// A sort, a hint or a projection.
    static let byID: BSONLiteral = ["_id": 1]
}

extension BSONSequence {
    fileprivate mutating func append(_ literal: BSONLiteral, for step: MongoFailure.Step) throws(MongoFailure) {
        do throws(BSONLiteral.Refusal) { try append(literal) } catch { throw MongoFailure(step: step, refusal: error) }
    }

    /// The `_id` of each document.
    var ids: [BSONValue] {
        (0..<count).compactMap { index in
            withDocument(index) { BSONElements($0).first(named: "_id").map { BSONValue(copying: $0) } }
        }
    }
}

extension MongoFailure {
    fileprivate init(step: Step, refusal: BSONLiteral.Refusal) {
        self.init(step: step, origin: .document, code: 0, text: "\(refusal)")
    }
}
