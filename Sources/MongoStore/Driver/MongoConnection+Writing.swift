internal import CMongoC
internal import Documents
internal import Pipeline
internal import Records

extension MongoConnection {
    /// Ids of one delete command.
    private static let idsInOneDelete = 10_000
    private static let idBytesInOneDelete = 8 << 20

    /// Writes to one collection: deletes, then updates, then inserts. In the transaction where there is one; without, each
    /// command is durable (`w: majority`, journaled) when this returns, and what came before a failure stays.
    func write(_ writes: CollectionWrites, duplicates: Duplicates = .fail) throws(MongoFailure) {
        let handle = CollectionHandle(client: client, database: database, name: writes.collection)
        if !hasSession { mongoc_collection_set_write_concern(handle.pointer, options.writeConcern) }
        if !writes.deletes.isEmpty { try delete(writes, in: handle) }
        if !writes.updates.isEmpty { try update(writes, in: handle) }
        if !writes.inserts.isEmpty { try insert(writes, in: handle, duplicates) }
    }

    /// What an insert does with a record whose `_id` is there.
    enum Duplicates {
        case fail
        /// It stays as it is, and the other ones are inserted: for rows that are written once and never change.
        case keep
    }

    private func delete(_ writes: CollectionWrites, in handle: borrowing CollectionHandle) throws(MongoFailure) {
        let settings = try callOptions()
        for part in IDRuns(writes.deletes, count: Self.idsInOneDelete, bytes: Self.idBytesInOneDelete) {
            var filter: [UInt8] = []
            filter.appendDocument { $0.append(oneOf: part) }
            var error = bson_error_t()
            let reply = OwnedBSON()
            let isDone = filterView.with(filter) { filter in
                mongoc_collection_delete_many(handle.pointer, filter, settings.pointer, reply.pointer, &error)
            }
            if !isDone { throw failure(writes, reply, error) }
        }
    }

    private func update(_ writes: CollectionWrites, in handle: borrowing CollectionHandle) throws(MongoFailure) {
        precondition(
            writes.updates.count == writes.updateIDs.count, "an update without its id, or an id without its update")
        let bulk = BulkHandle(collection: handle, options: try callOptions())
        let unchecked = Self.unchecked()
        var selector: [UInt8] = []
        for index in writes.updateIDs.indices {
            selector.removeAll(keepingCapacity: true)
            selector.appendDocument { $0.append("_id", string: writes.updateIDs[index]) }
            var error = bson_error_t()
            let isTaken = writes.updates.withDocument(index) { update in
                documentView.with(update) { update in
                    filterView.with(selector) { selector in
                        mongoc_bulk_operation_update_one_with_opts(
                            bulk.pointer, selector, update, unchecked.pointer, &error)
                    }
                }
            }
            if !isTaken { throw notTaken(writes, error) }
        }
        try execute(bulk, writes, counted: "nMatched", expected: writes.updates.count)
    }

    private func insert(
        _ writes: CollectionWrites, in handle: borrowing CollectionHandle, _ duplicates: Duplicates
    ) throws(MongoFailure) {
        let settings = try callOptions()
        if duplicates == .keep { settings.append("ordered", bool: false) }
        let bulk = BulkHandle(collection: handle, options: settings)
        let unchecked = Self.unchecked()
        for index in 0..<writes.inserts.count {
            var error = bson_error_t()
            let isTaken = writes.inserts.withDocument(index) { document in
                documentView.with(document) { document in
                    mongoc_bulk_operation_insert_with_opts(bulk.pointer, document, unchecked.pointer, &error)
                }
            }
            if !isTaken { throw notTaken(writes, error) }
        }
        do throws(MongoFailure) {
            try execute(bulk, writes, counted: "nInserted", expected: writes.inserts.count)
        } catch {
            guard duplicates == .keep, error.isDuplicateID, writes.inserts.count > 1 else {
                if duplicates == .keep, error.isDuplicateID { return }
                throw error
            }
            // The reply tells one error of perhaps many: find out document by document which ones were really there.
            for index in 0..<writes.inserts.count {
                var single = CollectionWrites(collection: writes.collection)
                writes.inserts.withDocument(index) { single.inserts.append(copying: $0) }
                try insert(single, in: handle, .keep)
            }
        }
    }

    /// Documents come from the pipeline, which has checked their names: libmongoc need not do it again.
    private static func unchecked() -> OwnedBSON {
        let settings = OwnedBSON()
        settings.append("validate", bool: false)
        return settings
    }

    private func execute(
        _ bulk: borrowing BulkHandle, _ writes: CollectionWrites, counted field: StaticString, expected: Int
    ) throws(MongoFailure) {
        var error = bson_error_t()
        let reply = OwnedBSON()
        guard mongoc_bulk_operation_execute(bulk.pointer, reply.pointer, &error) != 0 else {
            throw failure(writes, reply, error)
        }
        let count = reply.withBytes { BSONElements($0).first(named: field)?.integer }
        if count != Int64(expected) {
            // In a transaction: the plan updates what it has not read. Without one, somebody else deleted it meanwhile.
            var failure = MongoFailure(
                step: .write(collection: writes.collection), origin: .driver, code: 0,
                text: "\(field) is \(count ?? 0) where \(expected) was planned")
            if !hasSession { failure.labels = .transientTransaction }
            throw failure
        }
    }

    private func failure(
        _ writes: CollectionWrites, _ reply: borrowing OwnedBSON, _ error: bson_error_t
    ) -> MongoFailure {
        reply.withBytes { MongoFailure(step: .write(collection: writes.collection), reply: $0, error: error) }
    }

    /// The driver did not take a document into the bulk: it is no BSON.
    private func notTaken(_ writes: CollectionWrites, _ error: bson_error_t) -> MongoFailure {
        var failure = MongoFailure(step: .write(collection: writes.collection), error: error)
        failure.origin = .document
        return failure
    }
}
