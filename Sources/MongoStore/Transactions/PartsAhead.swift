internal import BSON
internal import Contracts
internal import JSON

/// Writes dead-letter parts that are too large for a transaction before it: the server keeps a transaction in its cache
/// and refuses it (388) if that is small. Each part is durable on its own; the dead letter that refers to them is in
/// the transaction. A crash in between leaves unreferenced parts.
struct PartsAhead {
    /// Maximum bytes of parts inside the transaction.
    private static let mostInside = 8 << 20

    private let deployment: MongoDeployment
    private var written: [ByteString] = []

    init(_ deployment: MongoDeployment) { self.deployment = deployment }

    /// Parts to write before these writes; nil if none.
    func missing(of writes: StoreWrites) -> CollectionWrites? {
        writes.collections.first { collection in
            collection.collection == StoreCollections.deadLetterParts
                && collection.inserts.bytes.count > Self.mostInside
                && !hold(collection)
        }
    }

    /// Whether these writes are done already.
    func hold(_ writes: CollectionWrites) -> Bool {
        writes.collection == StoreCollections.deadLetterParts && !written.isEmpty && Self.ids(of: writes) == written
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

    /// Deletes the parts of a transaction that will never commit. What cannot be deleted now stays unreferenced.
    mutating func takeBack() {
        guard !written.isEmpty else { return }
        defer { written = [] }
        guard let pool = try? deployment.openPool(),
            let connection = try? MongoConnection(pool: pool, database: deployment.database)
        else { return }
        defer { connection.close() }
        var removal = CollectionWrites(collection: StoreCollections.deadLetterParts)
        removal.deletes = written
        try? connection.write(removal)
    }

    private static func ids(of writes: CollectionWrites) -> [ByteString] {
        (0..<writes.inserts.count).compactMap { index in
            writes.inserts.withDocument(index) { BSONElements($0).first(named: "_id")?.byteString }
        }
    }
}
