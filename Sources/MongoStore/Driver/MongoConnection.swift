internal import BSON
internal import CMongoC
internal import JSON

/// A client of the pool and, with transactions, a session. Not Sendable: confined to one thread, which every call may
/// block for up to the socket timeout.
final class MongoConnection {
    let database: String
    let client: OpaquePointer
    let options = TransactionOptions()
    private let pool: ClientPool
    private var session: OpaquePointer?
    private var isClosed = false

    /// Reusable views for a filter and a document.
    let filterView = LentBSON()
    let documentView = LentBSON()

    init(pool: ClientPool, database: String) throws(MongoFailure) {
        guard let client = pool.take() else {
            throw MongoFailure(
                step: .connect, origin: .network, code: 0,
                text:
                    "all \(pool.limit) connections that maxPoolSize in mongoDB.uri allows are in use; take it out of the URI, or"
                    + " raise it to \(pool.limit * 2): each lane of a route needs two, each feed four, the rest about ten"
            )
        }
        self.pool = pool
        self.client = client
        self.database = database
    }

    deinit { assert(isClosed, "close() was not called") }

    /// Ends the session (aborting its transaction) and returns the client. Blocks on the server.
    func close() {
        guard !isClosed else { return }
        endSession()
        isClosed = true
        pool.giveBack(client)
    }

    // MARK: Session

    var hasSession: Bool { session != nil }

    /// Starts a session; the server learns of it with the first operation. Returns its id as the server names it: `{id:
    /// UUID}`.
    func beginSession() throws(MongoFailure) -> [UInt8] {
        endSession()
        var error = bson_error_t()
        let settings = mongoc_session_opts_new()
        // Each transaction reads its own snapshot, so earlier operations of the session do not matter.
        mongoc_session_opts_set_causal_consistency(settings, false)
        defer { mongoc_session_opts_destroy(settings) }
        guard let session = mongoc_client_start_session(client, settings, &error) else {
            throw MongoFailure(step: .begin, error: error)
        }
        self.session = session
        guard let id = mongoc_client_session_get_lsid(session) else { return [] }
        return Array(id.documentBytes)
    }

    func endSession() {
        if let session { mongoc_client_session_destroy(session) }
        session = nil
    }

    /// Options of a call, with the session if there is one.
    func callOptions() throws(MongoFailure) -> OwnedBSON {
        let result = OwnedBSON()
        if let session {
            var error = bson_error_t()
            guard mongoc_client_session_append(session, result.pointer, &error) else {
                throw MongoFailure(step: .begin, error: error)
            }
        }
        return result
    }

    // MARK: Transaction

    func begin() throws(MongoFailure) {
        guard let session else { return }
        var error = bson_error_t()
        guard mongoc_client_session_start_transaction(session, options.pointer, &error) else {
            throw MongoFailure(step: .begin, error: error)
        }
    }

    /// Requests the commit once; libmongoc retries once by itself on a network error.
    func commit() throws(MongoFailure) {
        guard let session else { return }
        var error = bson_error_t()
        let reply = OwnedBSON()
        let isDone = mongoc_client_session_commit_transaction(session, reply.pointer, &error)
        let failure = reply.withBytes { MongoFailure(step: .commit, reply: $0, error: error) }
        // A successful reply may still report that the majority has not acknowledged.
        if !isDone || failure.code != 0 { throw failure }
    }

    /// False if the server could not be reached: it may keep the transaction and its locks for up to a minute.
    func abort() -> Bool {
        guard let session, mongoc_client_session_in_transaction(session) else { return true }
        var error = bson_error_t()
        return mongoc_client_session_abort_transaction(session, &error)
    }

    // MARK: Commands

    /// Runs a command on the primary, outside the transaction, and returns the reply.
    @discardableResult
    func run(_ name: String, _ command: [UInt8], on database: String? = nil) throws(MongoFailure) -> [UInt8] {
        var error = bson_error_t()
        let reply = OwnedBSON()
        let isDone = try documentView.with(command, for: .command(name)) { command in
            mongoc_client_command_simple(
                client, database ?? self.database, command, options.primary, reply.pointer, &error)
        }
        if isDone { return reply.copiedBytes }
        throw reply.withBytes { MongoFailure(step: .command(name), reply: $0, error: error) }
    }
}
