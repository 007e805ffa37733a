internal import CMongoC
internal import Contracts
internal import Synchronization

/// libmongoc's client pool: one server monitor for the deployment, and a connection for each client taken.
///
/// `@unchecked Sendable`: the only stored handle is a `mongoc_client_pool_t`, which libmongoc documents as thread-safe,
/// and it never changes. ``destroy()`` frees it once, when the count under the lock shows that every client is back;
/// nothing can be taken after that.
final class ClientPool: @unchecked Sendable {
    private let pool: OpaquePointer
    /// Maximum number of clients.
    let limit: Int
    private let lent = Mutex((clients: 0, isClosed: false))

    /// May block on name resolution (`mongodb+srv`).
    init(_ uri: borrowing MongoURI) throws(StoreError) {
        var error = bson_error_t()
        guard let pool = mongoc_client_pool_new_with_error(uri.pointer, &error) else {
            throw MongoFailure(step: .connect, error: error).storeError
        }
        mongoc_client_pool_set_error_api(pool, 2)
        self.pool = pool
        limit = uri.maxPoolSize
    }

    /// Takes a client for one thread, to be returned by ``giveBack(_:)``. Nil if the pool is closed, or still exhausted
    /// after the wait that the URI allows (`maxPoolSize`, if set).
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

    /// Ends the server's sessions and frees the pool; blocks on the server. False if a client is still out (its thread
    /// hangs in a call): the pool is then leaked, since freeing it would crash.
    func destroy() -> Bool {
        let mayFree = lent.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed && state.clients == 0
        }
        if mayFree { mongoc_client_pool_destroy(pool) }
        return mayFree
    }
}
