internal import CMongoC

/// A collection handle: cheap, made for each command, freed with the value.
struct CollectionHandle: ~Copyable {
    let pointer: OpaquePointer

    init(client: OpaquePointer, database: String, name: String) {
        pointer = mongoc_client_get_collection(client, database, name)
    }

    deinit { mongoc_collection_destroy(pointer) }
}

/// A bulk of writes of one kind: filled, executed once, freed with the value. Copies its documents.
struct BulkHandle: ~Copyable {
    let pointer: OpaquePointer

    init(collection: borrowing CollectionHandle, options: borrowing OwnedBSON) {
        pointer = mongoc_collection_create_bulk_operation_with_opts(collection.pointer, options.pointer)
    }

    deinit { mongoc_bulk_operation_destroy(pointer) }
}

/// A running query; freed with the value.
struct CursorHandle: ~Copyable {
    let pointer: OpaquePointer

    init(takingOwnershipOf pointer: OpaquePointer) { self.pointer = pointer }

    deinit { mongoc_cursor_destroy(pointer) }
}

/// Transaction options: snapshot reads, and commits acknowledged by a majority's journal.
struct TransactionOptions: ~Copyable {
    let pointer: OpaquePointer
    /// The same write concern, for writes outside transactions.
    let writeConcern: OpaquePointer
    /// Reads go to the primary, regardless of the URI.
    let primary: OpaquePointer

    /// After this time the server reports a missing majority, rather than letting the socket time out. The transaction
    /// is then committed locally, so the commit is requested again.
    static let majorityTimeoutMilliseconds: Int64 = 10_000

    init() {
        pointer = mongoc_transaction_opts_new()
        primary = mongoc_read_prefs_new(MONGOC_READ_PRIMARY)
        writeConcern = mongoc_write_concern_new()
        mongoc_write_concern_set_wmajority(writeConcern, 0)
        mongoc_write_concern_set_wtimeout_int64(writeConcern, Self.majorityTimeoutMilliseconds)
        mongoc_write_concern_set_journal(writeConcern, true)
        let readConcern = mongoc_read_concern_new()
        mongoc_read_concern_set_level(readConcern, MONGOC_READ_CONCERN_LEVEL_SNAPSHOT)
        mongoc_transaction_opts_set_read_concern(pointer, readConcern)
        mongoc_transaction_opts_set_write_concern(pointer, writeConcern)
        mongoc_transaction_opts_set_read_prefs(pointer, primary)
        mongoc_read_concern_destroy(readConcern)
    }

    deinit {
        mongoc_transaction_opts_destroy(pointer)
        mongoc_write_concern_destroy(writeConcern)
        mongoc_read_prefs_destroy(primary)
    }
}
