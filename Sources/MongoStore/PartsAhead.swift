internal import Documents
internal import Pipeline
internal import Records

/// The parts of dead letters that are too large for a transaction: the server keeps all of one in its cache, and refuses it
/// (388) where that is small. They are written before it, each durable by itself; the dead letter that names them is in the
/// transaction, so nothing points to what is not there. A crash in between leaves parts that nothing names.
struct PartsAhead {
    /// Bytes of parts that go into the transaction.
    private static let mostInside = 8 << 20

    private let deployment: MongoDeployment
    private var written: [ByteString] = []

    init(_ deployment: MongoDeployment) { self.deployment = deployment }

    /// What must be written before these writes; nil where nothing must, or is.
    func missing(of writes: StoreWrites) -> CollectionWrites? {
        writes.collections.first { collection in
            collection.collection == StoreNames.deadLetterParts && collection.inserts.bytes.count > Self.mostInside
                && !hold(collection)
        }
    }

    /// Whether these writes are done already.
    func hold(_ writes: CollectionWrites) -> Bool {
        writes.collection == StoreNames.deadLetterParts && !written.isEmpty && Self.ids(of: writes) == written
    }

    /// Durable on return.
    mutating func write(_ parts: CollectionWrites) throws(MongoFailure) {
        takeBack()
        let connection = try MongoConnection(pool: deployment.openPool(), database: deployment.database)
        defer { connection.close() }
        written = Self.ids(of: parts)
        for index in 0..<parts.inserts.count {
            var one = CollectionWrites(collection: parts.collection)
            parts.inserts.withDocument(index) { one.inserts.append(copying: $0) }
            try connection.write(one, duplicates: .keep)
        }
    }

    /// The transaction that they were for is not committed, and never will be. What cannot be removed now stays, unnamed.
    mutating func takeBack() {
        guard !written.isEmpty else { return }
        defer { written = [] }
        guard let pool = try? deployment.openPool(),
            let connection = try? MongoConnection(pool: pool, database: deployment.database)
        else { return }
        defer { connection.close() }
        var removal = CollectionWrites(collection: StoreNames.deadLetterParts)
        removal.deletes = written
        try? connection.write(removal)
    }

    private static func ids(of writes: CollectionWrites) -> [ByteString] {
        (0..<writes.inserts.count).compactMap { index in
            writes.inserts.withDocument(index) { BSONElements($0).first(named: "_id")?.byteString }
        }
    }
}
