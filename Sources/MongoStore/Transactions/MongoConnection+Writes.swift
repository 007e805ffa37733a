internal import BSON
internal import CMongoC
internal import Contracts
internal import JSON

extension MongoConnection {
    /// Maximum ids of one delete command.
    private static let idsInOneDelete = 10_000
    private static let idBytesInOneDelete = 8 << 20

    /// How an insert treats an existing `_id`.
    enum Duplicates {
        case fail
        /// Keep the existing document, and insert the others: for rows that never change.
        case keep
    }

    /// Writes to one collection: deletes, updates, inserts. In the open transaction if there is one; otherwise each
    /// command is durable (`w: majority`, journaled) on return, and writes before a failure stay.
    func write(_ writes: CollectionWrites, duplicates: Duplicates = .fail) throws(MongoFailure) {
        let handle = CollectionHandle(client: client, database: database, name: writes.collection)
        if !hasSession { mongoc_collection_set_write_concern(handle.pointer, options.writeConcern) }
        let step = MongoFailure.Step.write(collection: writes.collection)
        if !writes.deletes.isEmpty { try delete(writes.deletes, in: handle, step) }
        if !writes.updates.isEmpty { try update(writes.updateIDs, writes.updates, in: handle, step) }
        if !writes.inserts.isEmpty { try insert(writes.inserts, in: handle, duplicates, step) }
    }

    private func delete(
        _ ids: [ByteString], in handle: borrowing CollectionHandle, _ step: MongoFailure.Step
    ) throws(MongoFailure) {
        let settings = try callOptions()
        for part in IDRuns(ids, count: Self.idsInOneDelete, bytes: Self.idBytesInOneDelete) {
            var error = bson_error_t()
            let reply = OwnedBSON()
            let isDone = try filterView.with(.document { $0.append(oneOf: part) }, for: step) { filter in
                mongoc_collection_delete_many(handle.pointer, filter, settings.pointer, reply.pointer, &error)
            }
            if !isDone { throw reply.withBytes { MongoFailure(step: step, reply: $0, error: error) } }
        }
    }

    private func update(
        _ ids: [ByteString], _ updates: BSONSequence, in handle: borrowing CollectionHandle, _ step: MongoFailure.Step
    ) throws(MongoFailure) {
        precondition(updates.count == ids.count, "an update without its id, or an id without its update")
        let bulk = BulkHandle(collection: handle, options: try callOptions())
        let unchecked = Self.unchecked()
        var selector: [UInt8] = []
        for index in ids.indices {
            selector.removeAll(keepingCapacity: true)
            selector.appendDocument { $0.append("_id", string: ids[index]) }
            var error = bson_error_t()
            let isTaken = try updates.withDocument(index) { update throws(MongoFailure) in
                try documentView.with(update, for: step) { update throws(MongoFailure) in
                    try filterView.with(selector, for: step) { selector in
                        mongoc_bulk_operation_update_one_with_opts(
                            bulk.pointer, selector, update, unchecked.pointer, &error)
                    }
                }
            }
            if !isTaken { throw Self.notTaken(step, error) }
        }
        try execute(bulk, counted: "nMatched", expected: updates.count, step)
    }

    private func insert(
        _ documents: BSONSequence, in handle: borrowing CollectionHandle, _ duplicates: Duplicates,
        _ step: MongoFailure.Step
    ) throws(MongoFailure) {
        do throws(MongoFailure) {
            try insert(documents, 0..<documents.count, in: handle, step)
        } catch {
            guard duplicates == .keep, error.isDuplicateID else { throw error }
            // Existing ones count as inserted; the others are inserted one by one.
            for index in 0..<documents.count {
                do throws(MongoFailure) {
                    try insert(documents, index..<index + 1, in: handle, step)
                } catch {
                    if !error.isDuplicateID { throw error }
                }
            }
        }
    }

    private func insert(
        _ documents: BSONSequence, _ range: Range<Int>, in handle: borrowing CollectionHandle,
        _ step: MongoFailure.Step
    ) throws(MongoFailure) {
        let bulk = BulkHandle(collection: handle, options: try callOptions())
        let unchecked = Self.unchecked()
        for index in range {
            var error = bson_error_t()
            let isTaken = try documents.withDocument(index) { document throws(MongoFailure) in
                try documentView.with(document, for: step) { document in
                    mongoc_bulk_operation_insert_with_opts(bulk.pointer, document, unchecked.pointer, &error)
                }
            }
            if !isTaken { throw Self.notTaken(step, error) }
        }
        try execute(bulk, counted: "nInserted", expected: range.count, step)
    }

    /// Skips libmongoc's validation: the pipeline has validated all names.
    private static func unchecked() -> OwnedBSON {
        let settings = OwnedBSON()
        settings.append("validate", bool: false)
        return settings
    }

    /// libmongoc splits a bulk into commands within the server's limits (48 MB, 100,000 documents).
    private func execute(
        _ bulk: borrowing BulkHandle, counted field: StaticString, expected: Int, _ step: MongoFailure.Step
    ) throws(MongoFailure) {
        var error = bson_error_t()
        let reply = OwnedBSON()
        guard mongoc_bulk_operation_execute(bulk.pointer, reply.pointer, &error) != 0 else {
            throw reply.withBytes { MongoFailure(step: step, reply: $0, error: error) }
        }
        let count = reply.withBytes { BSONElements($0).first(named: field)?.integer } ?? 0
        if count != Int64(expected) {
            // In a transaction: the plan updates a record it has not read. Without one: it was deleted concurrently.
            var failure = MongoFailure(
                step: step, origin: .driver, code: 0, text: "\(field) is \(count) where \(expected) was planned")
            if !hasSession { failure.labels = .transientTransaction }
            throw failure
        }
    }

    /// The driver did not accept a document into the bulk.
    private static func notTaken(_ step: MongoFailure.Step, _ error: bson_error_t) -> MongoFailure {
        var failure = MongoFailure(step: step, error: error)
        failure.origin = .document
        return failure
    }
}
