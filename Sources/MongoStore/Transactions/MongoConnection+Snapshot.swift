internal import BSON
internal import CMongoC
internal import Contracts
internal import JSON

extension MongoConnection {
    /// Maximum ids in one `$in`; beyond this or the byte limit the query is split.
    private static let idsInOneQuery = 50_000
    private static let idBytesInOneQuery = 8 << 20

    /// Reads a batch's inputs, in the open transaction if there is one. Free of cost if nothing is named.
    func read(_ reads: StoreReads) throws(MongoFailure) -> StoreSnapshot {
        var snapshot = StoreSnapshot(ledger: BSONSequence(), records: [])
        snapshot.ledger = try records(withIDs: reads.ledger, in: StoreCollections.ledger)
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
            // One more than can match: the server then knows that the result is complete, and closes the cursor.
            settings.append("batchSize", int64: Int64(part.count) + 1)
            try find(in: collection, filter: filter, settings: settings, into: &found)
        }
        return found
    }

    /// Queries the primary and appends the results. `settings`: libmongoc's find options. Stops early once the results
    /// exceed `bytes`.
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

/// Splits ids into runs that fit into one command.
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
    /// `_id: {$in: […]}`, or `_id: …` for a single one.
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

/// Generates array element names in sequence, without a division or an allocation for each.
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
