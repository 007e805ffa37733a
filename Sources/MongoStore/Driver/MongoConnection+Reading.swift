internal import CMongoC
internal import Documents
internal import Pipeline
internal import Records

extension MongoConnection {
    /// Ids of one `$in`: beyond either of these the query is cut into several.
    private static let idsInOneQuery = 50_000
    private static let idBytesInOneQuery = 8 << 20

    /// Reads what a batch must know, in the transaction where there is one. Costs nothing where nothing is named.
    func read(_ reads: StoreReads) throws(MongoFailure) -> StoreSnapshot {
        var snapshot = StoreSnapshot(ledger: BSONSequence(), records: [])
        snapshot.ledger = try records(withIDs: reads.ledger, in: StoreNames.ledger)
        snapshot.records.reserveCapacity(reads.records.count)
        for (collection, ids) in reads.records {
            snapshot.records.append(try records(withIDs: ids, in: collection))
        }
        return snapshot
    }

    private func records(withIDs ids: [ByteString], in collection: String) throws(MongoFailure) -> BSONSequence {
        var found = BSONSequence()
        for part in IDRuns(ids, count: Self.idsInOneQuery, bytes: Self.idBytesInOneQuery) {
            var filter: [UInt8] = []
            filter.appendDocument { $0.append(oneOf: part) }
            let settings = try callOptions()
            // One more than can come: the server then knows at once that there is no more, and ends the query.
            settings.append("batchSize", int64: Int64(part.count) + 1)
            try find(in: collection, filter: filter, settings: settings, into: &found)
        }
        return found
    }

    /// Runs a query on the primary and appends what it finds. `settings` are libmongoc's options of a find. Ends early where
    /// what was found has more than `bytes`.
    func find(
        in collection: String, filter: [UInt8], settings: borrowing OwnedBSON, into found: inout BSONSequence,
        atMost bytes: Int = .max
    ) throws(MongoFailure) {
        let handle = CollectionHandle(client: client, database: database, name: collection)
        let opened = try filterView.with(filter, for: .read(collection: collection)) { filter in
            mongoc_collection_find_with_opts(handle.pointer, filter, settings.pointer, options.primary)
        }
        guard let opened else { return }
        let cursor = CursorHandle(takingOwnershipOf: opened)
        var document: OpaquePointer?
        while mongoc_cursor_next(cursor.pointer, &document) {
            if let document { found.append(copying: document.documentBytes) }
            if found.bytes.count > bytes { return }
        }
        var error = bson_error_t()
        guard mongoc_cursor_error_document(cursor.pointer, &error, &document) else { return }
        throw MongoFailure(step: .read(collection: collection), reply: document?.documentBytes, error: error)
    }
}

/// Ids in pieces that are small enough for one command.
struct IDRuns: Sequence, IteratorProtocol {
    private let ids: [ByteString]
    private let count: Int
    private let bytes: Int
    private var at = 0

    init(_ ids: [ByteString], count: Int, bytes: Int) {
        self.ids = ids
        self.count = count
        self.bytes = bytes
    }

    mutating func next() -> ArraySlice<ByteString>? {
        guard at < ids.count else { return nil }
        let start = at
        var size = 0
        while at < ids.count, at - start < count, at == start || size + ids[at].bytes.count <= bytes {
            size += ids[at].bytes.count
            at += 1
        }
        return ids[start..<at]
    }
}

extension BSONWriter {
    /// `_id: {$in: […]}`, or `_id: …` where it is only one.
    mutating func append(oneOf ids: ArraySlice<ByteString>) {
        if ids.count == 1, let only = ids.first {
            append("_id", string: only)
            return
        }
        append(
            "_id",
            document: { inner in
                inner.append(
                    "$in",
                    array: { array in
                        var name = DecimalName()
                        for id in ids {
                            name.withBytes { name in
                                id.bytes.withUnsafeBufferPointer { array.append(name, string: $0) }
                            }
                            name.advance()
                        }
                    })
            })
    }
}

/// The names of an array's elements, one after another, without a division or an allocation for each.
private struct DecimalName {
    private var digits: [UInt8] = [UInt8(ascii: "0")]

    func withBytes(_ body: (UnsafeBufferPointer<UInt8>) -> Void) { digits.withUnsafeBufferPointer(body) }

    mutating func advance() {
        var at = digits.count - 1
        while at >= 0 {
            if digits[at] < UInt8(ascii: "9") {
                digits[at] += 1
                return
            }
            digits[at] = UInt8(ascii: "0")
            at -= 1
        }
        digits.insert(UInt8(ascii: "1"), at: 0)
    }
}
