import Documents
import MongoStore
import Pipeline
import Records
import Testing

/// The contract of ``Store``, on a live server.
@Suite("Store contract", .enabled(if: LiveServer.isThere, LiveServer.hint), .serialized)
struct SettleTests {
    @Test("Inserts, updates, deletes and the ledger row are there after one settle")
    func everyKindOfWrite() async throws {
        try await LiveStore.with { store in
            try await store.withLane { lane in
                try await lane.settle(StoreReads("item", ["a", "b", "c"])) { snapshot in
                    #expect(snapshot.records[0].isEmpty && snapshot.ledger.isEmpty)
                    var item = CollectionWrites(collection: "item")
                    for id in ["a", "b"] as [ByteString] { item.insert(id) { $0.append("n", int64: 1) } }
                    return (StoreWrites(item), ())
                }
                let seen = try await lane.settle(StoreReads(ledger: ["m1"], "item", ["a", "b", "c"])) { snapshot in
                    var item = CollectionWrites(collection: "item")
                    item.deletes = ["a"]
                    item.set("b") { $0.append("n", int64: 2) }
                    item.insert("c") { $0.append("n", int64: 3) }
                    return (StoreWrites(item, .ledger("m1")), snapshot.integers("n"))
                }
                #expect(seen == ["a": 1, "b": 1])
                #expect(try await store.integer("n", of: "a", in: "item") == nil)
                #expect(try await store.integer("n", of: "b", in: "item") == 2)
                #expect(try await store.integer("n", of: "c", in: "item") == 3)
                let rows = try await lane.settle(StoreReads(ledger: ["m0", "m1"], "item", [])) { snapshot in
                    (StoreWrites(), snapshot.ledger.count)
                }
                #expect(rows == 1)
            }
        }
    }
}
