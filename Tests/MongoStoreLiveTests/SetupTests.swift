import Ingest
import BSON
import Contracts
import JSON
import MongoStore
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

    @Test(
        "Ledger rows expire after the longest time that any gateway was configured with; one with a shorter time says so"
    )
    func ledgerExpires() async throws {
        try await LiveStore.with { store in
            #expect(try await store.expiry() == 7 * 24 * 3600)
            #expect(store.deployment.notes.isEmpty)
            for (days, kept) in [(1, 7), (30, 30), (7, 30), (30, 30)] as [(Int64, Int64)] {
                let other = try store.another { $0.ledgerLifetime = .seconds(days * 24 * 3600) }
                try await other.connect()
                #expect(try await store.expiry() == kept * 24 * 3600)
                #expect(other.notes.count == (days < kept ? 1 : 0))
                #expect(
                    other.notes.allSatisfy {
                        $0.contains("ledger.keepDays is \(days) here") && $0.contains("for \(kept) days")
                            && $0.contains("expireAfterSeconds: \(days * 24 * 3600)")
                    })
                await other.close()
            }
        }
    }

    @Test("A ledger without an expiry stays so, and that is reported")
    func ledgerForEver() async throws {
        try await LiveStore.with { store in
            try await store.reader.command("dropIndexes") { command in
                command.append("dropIndexes", string: "gateway.ledger")
                command.append("index", string: "at")
            }
            try await store.reader.command("createIndexes") { command in
                command.append("createIndexes", string: "gateway.ledger")
                command.append(
                    "indexes",
                    array: { indexes in
                        indexes.append(
                            "0",
                            document: { index in
                                index.append("name", string: "at")
                                index.append("key", document: { $0.append("at", int64: 1) })
                            })
                    })
            }
            let other = try store.another()
            try await other.connect()
            #expect(try await store.expiry() == nil)
            #expect(other.notes.first?.contains("is kept forever") == true)
            await other.close()
        }
    }

    @Test("Without preparing the database nothing in it is created or changed, and no sessions are ended")
    func commands() async throws {
        try await LiveStore.with { store in
            _ = try await store.withLane { try await $0.settle(Counting(ids: ["a"])) }
            try await store.withLane { lane in
                try await lane.settle(Counting(ids: ["a"], message: "m1"))
                let command = try store.another {
                    $0.preparesDatabase = false
                    $0.ledgerLifetime = .seconds(60)
                    $0.deadAfter = .zero
                }
                try await Task.sleep(for: .milliseconds(20))
                try await command.connect()
                #expect(command.notes.isEmpty)
                #expect(try await store.expiry() == 7 * 24 * 3600)
                #expect(try await store.count("gateway.instances") == 1)
                _ = try await command.withLane { try await $0.settle(Counting(ids: ["a"], message: "m2")) }
                await command.close()
                #expect(try await store.count("gateway.instances") == 1)
                #expect(try await store.integer("n", of: "a", in: "item") == 3)
            }
            try await store.reader.command("dropDatabase") { $0.append("dropDatabase", int64: 1) }
            let command = try store.another { $0.preparesDatabase = false }
            try await command.connect()
            let reply = try await store.reader.command("listCollections") { $0.append("listCollections", int64: 1) }
            let names = reply.withUnsafeBytes { bytes in
                let batch = BSONElements(bytes).first(named: "cursor")?.elements?.first(named: "firstBatch")?.elements
                return batch?.compactMap { $0.elements?.first(named: "name")?.text }
            }
            #expect(names == [])
            await command.close()
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
