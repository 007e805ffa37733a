import Documents
import MongoStore
import Pipeline
import Records
import Testing

/// What ``MongoDeployment/connect()`` leaves in the database, and what it says where it cannot.
@Suite("Connecting", .enabled(if: LiveServer.isThere, LiveServer.hint))
struct SetupTests {
    @Test("A replica set promises exactly once, and is up")
    func guarantee() async throws {
        try await LiveStore.with { store in
            #expect(store.deployment.guarantee == .exactlyOnce)
            #expect(store.deployment.health.isUp && store.deployment.health.detail.isEmpty)
        }
    }

    @Test("Ledger rows expire after the time set, also when it is changed later")
    func ledgerExpires() async throws {
        try await LiveStore.with { store in
            #expect(try await store.expiry() == 7 * 24 * 3600)
            let other = try store.another { $0.ledgerLifetime = .seconds(3600) }
            try await other.connect()
            try await other.connect()
            #expect(try await store.expiry() == 3600)
            await other.close()
        }
    }

    @Test("Several gateways may connect to a fresh database at once")
    func together() async throws {
        try await LiveStore.with { store in
            try await store.reader.command("dropDatabase") { $0.append("dropDatabase", int64: 1) }
            let others = try (0..<4).map { _ in try store.another() }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for other in others { group.addTask { try await other.connect() } }
                try await group.waitForAll()
            }
            #expect(try await store.expiry() == 7 * 24 * 3600)
            for other in others { await other.close() }
        }
    }

    @Test("Wrong credentials: unavailable, with the setting's name and without the password")
    func credentials() async throws {
        try await LiveStore.with { store in
            let uri = store.server.uri.replacing("mongodb://", with: "mongodb://nobody:S3cr3t@")
            let other = try store.another { $0.uri = uri }
            let error = await failure { () throws(StoreError) in try await other.connect() }
            #expect(error?.kind == .unavailable)
            #expect(error?.message.contains("mongoDB.uri") == true && error?.message.contains("password") == true)
            #expect(error?.message.contains("S3cr3t") == false)
            #expect(!other.health.isUp && other.health.detail == error?.message)
            await other.close()
        }
    }

    @Test("Nobody listens: unavailable within six seconds, and it may be tried again")
    func nobodyThere() async throws {
        let began = ContinuousClock.now
        let deployment = try MongoDeployment(
            MongoSettings(uri: "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=500", database: "promo"),
            logger: LiveStore.logger("nobody"))
        for _ in 0..<2 {
            let error = await failure { () throws(StoreError) in try await deployment.connect() }
            #expect(error?.kind == .unavailable)
            #expect(error?.message.contains("mongoDB.uri") == true)
        }
        #expect(began.duration(to: .now) < .seconds(15))
        await deployment.close()
    }

    private func failure(_ body: () async throws(StoreError) -> Void) async -> StoreError? {
        do throws(StoreError) {
            try await body()
            return nil
        } catch {
            return error
        }
    }
}

extension LiveStore {
    /// `expireAfterSeconds` of the ledger's index.
    fileprivate func expiry() async throws -> Int64? {
        let reply = try await reader.command("listIndexes") { $0.append("listIndexes", string: "gateway.ledger") }
        return reply.withUnsafeBytes { bytes in
            let batch = BSONElements(bytes).first(named: "cursor")?.elements?.first(named: "firstBatch")
            guard let indexes = batch?.elements else { return nil }
            for index in indexes {
                if let seconds = index.elements?.first(named: "expireAfterSeconds")?.integer { return seconds }
            }
            return nil
        }
    }
}
