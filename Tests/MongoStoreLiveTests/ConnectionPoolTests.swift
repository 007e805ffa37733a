import Ingest
import BSON
import Contracts
import MongoStore
import Testing

/// How many connections a deployment takes: what it needs, unless the URI says otherwise.
@Suite("Connections", .enabled(if: LiveServer.isThere, LiveServer.hint))
struct ConnectionPoolTests {
    /// Each takes a connection and keeps it. Returns why the first one that failed did.
    private func open(_ count: Int, on deployment: MongoDeployment) async -> StoreError? {
        let readers = (0..<count).map { _ in deployment.makeReader() }
        var failure: StoreError?
        for reader in readers where failure == nil {
            do throws(StoreError) {
                _ = try await reader.find(in: "item", filter: .document { _ in }, limit: 1)
            } catch {
                failure = error
            }
        }
        for reader in readers { await reader.close() }
        return failure
    }

    @Test("As many as thirty routes need are there")
    func unbounded() async throws {
        try await LiveStore.with { store in #expect(await open(160, on: store.deployment) == nil) }
    }

    @Test("A bound in the URI holds, and who is left without says which it is and what to do")
    func bounded() async throws {
        try await LiveStore.with { store in
            let other = try store.another { $0.uri += "&maxPoolSize=3&waitQueueTimeoutMS=100" }
            try await other.connect()
            let failure = await open(5, on: other)
            #expect(failure?.kind == .unavailable)
            #expect(failure?.message.contains("all 3 connections that maxPoolSize in mongoDB.uri allows") == true)
            await other.close()
        }
    }
}
