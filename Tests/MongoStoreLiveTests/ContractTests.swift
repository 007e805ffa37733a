import Ingest
import BSON
import Contracts
import Foundation
import IngestTesting
import JSON
import MongoStore
import Synchronization
import Testing

/// The contracts that stand-ins keep in tests, kept by a live server.
@Suite("Contracts, on a server", .enabled(if: LiveServer.isThere, LiveServer.hint))
struct ContractTests {
    @Test(arguments: StoreContract.allCases)
    func `a store`(_ clause: StoreContract) async throws {
        try await LiveBench.with { try await clause.check(on: $0) }
    }

    @Test func `what a rehearsal says is what happens`() async throws {
        try await LiveBench.with { bench in
            var agreement = StoreAgreement(now: Int64(Date().timeIntervalSince1970 * 1000))
            try await agreement.check(seeds: 1_000..<1_400, on: bench)
            #expect(agreement.items > 3000)
        }
    }

    @Test(arguments: SequenceContract.allCases)
    func `sequences`(_ clause: SequenceContract) async throws {
        try await LiveBench.with { try await clause.check(on: SequencesOnServer(live: $0)) }
    }

    @Test(arguments: LeaseContract.allCases)
    func `a lease store`(_ clause: LeaseContract) async throws {
        try await LiveBench.with { try await clause.check(on: FeedBench(live: $0)) }
    }

    @Test(arguments: FeedStoreContract.allCases)
    func `a feed store`(_ clause: FeedStoreContract) async throws {
        try await LiveBench.with { try await clause.check(on: FeedBench(live: $0)) }
    }
}

/// A fresh database, and all that was opened in it, to be closed in the end.
private final class LiveBench: StoreBench {
    let store: LiveStore
    private let opened = Mutex<[@Sendable () async -> Void]>([])

    private init(_ store: LiveStore) { self.store = store }

    static func with(_ body: @Sendable (LiveBench) async throws -> Void) async throws {
        try await LiveStore.with { store in
            let bench = LiveBench(store)
            do {
                try await body(bench)
                await bench.close()
            } catch {
                await bench.close()
                throw error
            }
        }
    }

    func closing(_ close: @escaping @Sendable () async -> Void) { opened.withLock { $0.append(close) } }

    private func close() async {
        for close in opened.withLock({ $0 }) { await close() }
    }

    func open() async throws -> MongoTransactor {
        let lane = store.deployment.makeLane(named: "contract")
        closing { await lane.close() }
        return lane
    }

    func documents(in collection: String) async throws -> [ByteString: [UInt8]] {
        let found = try await store.reader.find(in: collection, filter: .document { _ in })
        var documents: [ByteString: [UInt8]] = [:]
        for index in 0..<found.count {
            let document = found.withDocument(index) { Array($0) }
            documents[document.bsonID.withElement { $0.byteString } ?? ""] = document
        }
        return documents
    }
}

private struct SequencesOnServer: SequenceBench {
    let live: LiveBench

    func open() async throws -> MongoSequences {
        let sequences = live.store.deployment.makeSequences()
        live.closing { await sequences.close() }
        return sequences
    }

    func put(row: [UInt8]) async throws {
        let id = row.bsonID
        let reply = try await live.store.reader.command("update") { command in
            command.append("update", string: StoreCollections.sequences)
            command.append(
                "updates",
                array: { updates in
                    updates.append(
                        "0",
                        document: { update in
                            update.append("q", document: { $0.append("_id", value: id) })
                            row.withUnsafeBytes { update.append(BSONWriter.bytes(of: "u"), type: 3, value: $0) }
                            update.append("upsert", bool: true)
                        })
                })
        }
        let hasErrors = reply.withUnsafeBytes { BSONElements($0).first(named: "writeErrors") != nil }
        try #require(!hasErrors)
    }
}

private struct FeedBench: FeedStoreBench {
    let live: LiveBench
    private var store: LiveStore { live.store }

    init(live: LiveBench) { self.live = live }

    func open() async throws -> MongoLeases {
        let leases = store.deployment.makeLeases()
        live.closing { await leases.close() }
        return leases
    }

    func open(_ plan: FeedPlan) async throws -> MongoFeed {
        let feed = store.deployment.makeFeed(plan)
        live.closing { await feed.close() }
        return feed
    }

    func expire(_ name: String) async throws {
        try await update(StoreCollections.feeds, name, set: .document { $0.append("leaseUntil", date: 0) })
    }

    func command(_ name: String, _ fields: @escaping @Sendable (inout BSONWriter) -> Void) async throws {
        try await update(StoreCollections.feeds, name, set: .document(fields))
    }

    func put(_ document: [UInt8]) async throws {
        let id = document.bsonID
        try await update { update in
            update.append("q", document: { $0.append("_id", value: id) })
            document.withUnsafeBytes { update.append(BSONWriter.bytes(of: "u"), type: 3, value: $0) }
            update.append("upsert", bool: true)
        }
    }

    private func update(_ collection: String, _ id: String, set fields: [UInt8]) async throws {
        try await update(collection) { update in
            update.append("q", document: { $0.append("_id", string: id) })
            update.append(
                "u",
                document: { change in
                    fields.withUnsafeBytes { change.append(BSONWriter.bytes(of: "$set"), type: 3, value: $0) }
                })
        }
    }

    private func update(
        _ collection: String = FeedStoreContract.collection, _ body: @Sendable (inout BSONWriter) -> Void
    ) async throws {
        let reply = try await store.reader.command("update") { command in
            command.append("update", string: collection)
            command.append("updates", array: { $0.append("0", document: body) })
        }
        let hasErrors = reply.withUnsafeBytes { BSONElements($0).first(named: "writeErrors") != nil }
        try #require(!hasErrors)
    }

    private func all(_ collection: String) async throws -> [[UInt8]] {
        let found = try await store.reader.find(in: collection, filter: .document { _ in })
        return (0..<found.count).map { found.withDocument($0) { Array($0) } }
    }

    func documents() async throws -> [[UInt8]] { try await all(FeedStoreContract.collection) }

    func row() async throws -> FeedRow? {
        try await all(StoreCollections.feeds).map { $0.withUnsafeBytes { FeedRow(bson: $0) } }
            .first { $0.name == "limits" }
    }

    func postings() async throws -> [PostingRow] {
        try await all(StoreCollections.postings).compactMap { $0.withUnsafeBytes { PostingRow(bson: $0) } }
    }
}
