internal import CMongoC
internal import Pipeline
internal import Synchronization

/// libmongoc's pool of clients: one monitor of the servers for the whole deployment, a connection for each client taken.
///
/// `@unchecked Sendable`: the only stored handle is a `mongoc_client_pool_t`, which libmongoc documents as safe to use
/// from any thread at once, and it never changes. It is freed once, by ``destroy()``, when the count under the lock says
/// that every client is back; nothing can be taken after that.
final class ClientPool: @unchecked Sendable {
    private let pool: OpaquePointer
    /// How many clients it lends at most.
    let limit: Int
    private let lent = Mutex((clients: 0, isClosed: false))

    /// May block for a name look-up (`mongodb+srv`).
    init(_ uri: borrowing MongoURI) throws(StoreError) {
        var error = bson_error_t()
        guard let pool = mongoc_client_pool_new_with_error(uri.pointer, &error) else {
            throw MongoFailure(step: .connect, error: error).storeError
        }
        mongoc_client_pool_set_error_api(pool, 2)
        self.pool = pool
        limit = uri.maxPoolSize
    }

    /// A client for one lane, to be given back by ``giveBack(_:)``. Nil when the pool is closed, or still exhausted after
    /// the wait that the URI allows (`maxPoolSize`, where it says one).
    func take() -> OpaquePointer? {
        let isOpen = lent.withLock { state in
            if !state.isClosed { state.clients += 1 }
            return !state.isClosed
        }
        guard isOpen else { return nil }
        if let client = mongoc_client_pool_pop(pool) { return client }
        lent.withLock { $0.clients -= 1 }
        return nil
    }

    func giveBack(_ client: OpaquePointer) {
        mongoc_client_pool_push(pool, client)
        lent.withLock { $0.clients -= 1 }
    }

    /// Ends the server's sessions and frees the pool; blocks while the server is asked. False when a client is still out
    /// (its thread hangs in a call): the pool is then left to the end of the process, since freeing it would crash.
    func destroy() -> Bool {
        let mayFree = lent.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed && state.clients == 0
        }
        if mayFree { mongoc_client_pool_destroy(pool) }
        return mayFree
    }
}
