import Ingest
import BSON
import Contracts
import JSON
import MongoStore
import Testing

/// The weaker mode: one mongod that is not a replica set.
@Suite(
    "Standalone mongod", .enabled(if: LiveServer.isThere && LiveServer.canStartOwn, LiveServer.ownHint), .serialized,
    .ownServer(.standalone))
struct StandaloneTests {
    @Test("It says so, and writes what a batch holds")
    func writes() async throws {
        try await LiveStore.with { store in
            #expect(store.deployment.guarantee == .atLeastOnce)
            try await store.withLane { lane in
                for message in ["m0", "m1", "m1"] as [ByteString] {
                    try await lane.settle(Counting(ids: ["a", "b"], message: message))
                }
                #expect(try await store.integer("n", of: "a", in: "item") == 2)
                #expect(try await store.count("gateway.ledger") == 2)
            }
        }
    }

    @Test("Records are written before dead letters, and the ledger last: a refused record leaves no ledger row")
    func order() async throws {
        try await LiveStore.with { store in
            try await store.reader.command("create") { command in
                command.append("create", string: "item")
                command.append(
                    "validator",
                    document: { validator in
                        validator.append("price", document: { $0.append("$gte", int64: 0) })
                    })
            }
            try await store.withLane { lane in
                let refused = await refusal(lane) {
                    var item = CollectionWrites(collection: "item")
                    item.insert("a") { $0.append("price", int64: -1) }
                    var letters = CollectionWrites(collection: "gateway.deadLetters")
                    letters.insert("letter")
                    return StoreWrites(.ledger("m"), letters, item)
                }
                #expect(refused == .refused)
                let rows = try await store.count("gateway.ledger")
                let letters = try await store.count("gateway.deadLetters")
                #expect(rows == 0 && letters == 0)
            }
        }
    }

    @Test("A dead letter or ledger row that a crash has left behind does not stop the batch")
    func repeated() async throws {
        try await LiveStore.with { store in
            try await store.withLane { lane in
                @Sendable func writes(_ letters: [ByteString]) -> StoreWrites {
                    var own = CollectionWrites(collection: "gateway.deadLetters")
                    for letter in letters { own.insert(letter) }
                    return StoreWrites(own, .ledger("m"))
                }
                try await lane.settle(StoreReads()) { _ in (writes(["1", "2"]), ()) }
                try await lane.settle(StoreReads()) { _ in (writes(["0", "1", "2", "3"]), ()) }
                #expect(try await store.count("gateway.deadLetters") == 4)
                #expect(try await store.count("gateway.ledger") == 1)
            }
        }
    }

    @Test("Two lanes add to one record: a record deleted or inserted meanwhile is planned again")
    func races() async throws {
        try await LiveStore.with { store in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for lane in 0..<2 {
                    group.addTask {
                        try await store.withLane { store in
                            for run in 0..<50 {
                                try await store.settle(StoreReads("item", ["a"])) { snapshot in
                                    var item = CollectionWrites(collection: "item")
                                    if snapshot.records[0].isEmpty {
                                        item.insert("a")
                                    } else if (run + lane) % 2 == 0 {
                                        item.deletes = ["a"]
                                    } else {
                                        item.set("a") { $0.append("n", int64: Int64(run)) }
                                    }
                                    return (StoreWrites(item), ())
                                }
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    private func refusal(_ lane: MongoTransactor, _ writes: @Sendable () -> StoreWrites) async -> StoreError.Kind? {
        do throws(StoreError) {
            try await lane.settle(StoreReads()) { _ in (writes(), ()) }
            return nil
        } catch {
            return error.kind
        }
    }
}
