import Ingest
import BSON
import Contracts
import JSON
import MongoStore
import Testing

/// The contract of ``Store``, on a live server.
@Suite("Store contract", .enabled(if: LiveServer.isThere, LiveServer.hint))
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

    @Test("Each collection's records come in a sequence of its own, in the order asked for")
    func severalCollections() async throws {
        try await LiveStore.with { store in
            try await store.withLane { lane in
                var first = CollectionWrites(collection: "brand")
                first.insert("x") { $0.append("n", int64: 1) }
                var second = CollectionWrites(collection: "zone")
                second.insert("x") { $0.append("n", int64: 2) }
                second.insert("y") { $0.append("n", int64: 3) }
                let writes = StoreWrites(first, second)
                try await lane.settle(StoreReads()) { _ in (writes, ()) }
                var reads = StoreReads()
                reads.records = [("zone", ["x", "y"]), ("store", ["x"]), ("brand", ["x", "y"])]
                let counts = try await lane.settle(reads) { (StoreWrites(), $0.records.map(\.count)) }
                #expect(counts == [2, 0, 1])
            }
        }
    }

    @Test("The same letters in two Unicode forms are two records")
    func canonicallyEqualIDs() async throws {
        try await LiveStore.with { store in
            try await store.withLane { lane in
                let composed = ByteString("caf\u{E9}"), decomposed = ByteString("cafe\u{301}")
                try await lane.settle(Counting(ids: [composed, decomposed]))
                try await lane.settle(Counting(ids: [composed]))
                #expect(try await store.integer("n", of: composed, in: "item") == 2)
                #expect(try await store.integer("n", of: decomposed, in: "item") == 1)
            }
        }
    }

    @Test("A message in the ledger is not applied again")
    func ledger() async throws {
        try await LiveStore.with { store in
            try await store.withLane { lane in
                let batch = Counting(ids: ["a"], message: "m")
                let first = try await lane.settle(batch)
                let second = try await lane.settle(batch)
                #expect(first && !second)
                #expect(try await store.integer("n", of: "a", in: "item") == 1)
            }
        }
    }

    /// 52 MB: more than one message to the server (48 MB) and several batches of a reply (16 MB).
    @Test("50,000 records in one settle: inserted, then all updated, then all deleted")
    func largeBatch() async throws {
        try await LiveStore.with { store in
            try await store.withLane { lane in
                let ids = (0..<50_000).map { ByteString("napse|SKU\($0)") }
                let padding = String(repeating: "x", count: 1_000)
                try await lane.settle(StoreReads("item", ids)) { snapshot in
                    var item = CollectionWrites(collection: "item")
                    for id in ids {
                        item.insert(id) {
                            $0.append("n", int64: 1)
                            $0.append("padding", string: padding)
                        }
                    }
                    return (StoreWrites(item), ())
                }
                #expect(try await store.count("item") == 50_000)
                try await lane.settle(Counting(ids: ids, message: "m"))
                let twos = try await store.reader.count(in: "item", filter: .document { $0.append("n", int64: 2) })
                #expect(twos == 50_000)
                try await lane.settle(StoreReads()) { _ in
                    var item = CollectionWrites(collection: "item")
                    item.deletes = ids
                    return (StoreWrites(item), ())
                }
                #expect(try await store.count("item") == 0)
            }
        }
    }
}
