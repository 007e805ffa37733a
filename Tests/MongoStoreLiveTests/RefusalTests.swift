import Ingest
import BSON
import Contracts
import JSON
import MongoStore
import Testing

/// What the store refuses leaves nothing of the batch behind.
@Suite("Refused batches", .enabled(if: LiveServer.isThere, LiveServer.hint))
struct RefusalTests {
    @Test("A unique secondary index: refused, with the collection and the index's field in the message")
    func uniqueIndex() async throws {
        try await LiveStore.with { store in
            try await store.reader.command("createIndexes") { command in
                command.append("createIndexes", string: "item")
                command.append(
                    "indexes",
                    array: { indexes in
                        indexes.append(
                            "0",
                            document: { index in
                                index.append(
                                    "key",
                                    document: { key in
                                        key.append("companyId", int64: 1)
                                        key.append("barcode", int64: 1)
                                    })
                                index.append("name", string: "unique_barcode")
                                index.append("unique", bool: true)
                            })
                    })
            }
            try await store.withLane { lane in
                let error = try await refusal(of: lane) { item in
                    item.insert("a") { $0.append("barcode", string: "4006381333931") }
                    item.insert("b") { $0.append("barcode", string: "4006381333931") }
                }
                #expect(error.kind == .refused && error.code == 11000)
                #expect(error.message.contains("'item'") && error.message.contains("companyId, barcode"))
                #expect(!error.message.contains("4006381333931"), "no data of a record in a message")
                try await expectNothing(store)
                let isApplied = try await lane.settle(Counting(ids: ["a"], message: "m"))
                #expect(isApplied, "the lane goes on")
            }
        }
    }

    @Test("A validator: refused with code 121")
    func validator() async throws {
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
                let error = try await refusal(of: lane) { item in
                    item.insert("a") { $0.append("price", int64: 1) }
                    item.insert("b") { $0.append("price", int64: -1) }
                }
                #expect(error.kind == .refused && error.code == 121)
                #expect(error.message.contains("'item'"))
                try await expectNothing(store)
            }
        }
    }

    @Test("A record above 16 MB: refused by the driver", arguments: [16 << 20, 17 << 20])
    func tooLarge(size: Int) async throws {
        try await LiveStore.with { store in
            try await store.withLane { lane in
                let text = String(repeating: "x", count: size)
                let error = try await refusal(of: lane) { item in
                    item.insert("a")
                    item.insert("b") { $0.append("text", string: text) }
                }
                #expect(error.kind == .refused)
                try await expectNothing(store)
            }
        }
    }

    @Test("A record that an update makes larger than 16 MB: refused by the server")
    func growsTooLarge() async throws {
        try await LiveStore.with { store in
            try await store.withLane { lane in
                let half = String(repeating: "x", count: 9 << 20)
                try await lane.settle(StoreReads()) { _ in
                    var item = CollectionWrites(collection: "item")
                    item.insert("a") { $0.append("left", string: half) }
                    return (StoreWrites(item), ())
                }
                let error = try await refusal(of: lane) { item in
                    item.set("a") { $0.append("right", string: half) }
                }
                #expect(error.kind == .refused)
                #expect(try await store.count("gateway.ledger") == 0)
            }
        }
    }

    @Test("A document that is not BSON: refused")
    func noBSON() async throws {
        try await LiveStore.with { store in
            try await store.withLane { lane in
                let error = try await refusal(of: lane) { item in
                    item.inserts.append { $0.append(contentsOf: [9, 0, 0, 0, 0]) }
                }
                #expect(error.kind == .refused)
                try await expectNothing(store)
            }
        }
    }

    @Test("An update of a record that is not there: nothing is kept, and it is not called done")
    func updateOfNothing() async throws {
        try await LiveStore.with { store in
            try await store.withLane { lane in
                let error = try await refusal(of: lane) { item in
                    item.insert("a")
                    item.set("nobody") { $0.append("n", int64: 1) }
                }
                #expect(error.kind == .unknown)
                try await expectNothing(store)
            }
        }
    }

    @Test("An insert that the plan repeats against every snapshot is refused after some tries")
    func blindInsert() async throws {
        try await LiveStore.with { store in
            try await store.withLane { lane in
                try await lane.settle(Counting(ids: ["a"]))
                let error = try await refusal(of: lane) { $0.insert("a") }
                #expect(error.kind == .refused && error.code == 11000)
                #expect(try await store.count("gateway.ledger") == 0)
                #expect(try await store.integer("n", of: "a", in: "item") == 1)
            }
        }
    }

    /// Settles a batch of one collection and a ledger row, and returns why it failed.
    private func refusal(
        of lane: MongoTransactor, _ body: @Sendable (inout CollectionWrites) -> Void
    ) async throws -> StoreError {
        do throws(StoreError) {
            try await lane.settle(StoreReads()) { _ in
                var item = CollectionWrites(collection: "item")
                body(&item)
                return (StoreWrites(.ledger("m"), item), ())
            }
        } catch {
            return error
        }
        throw NotRefused()
    }

    private func expectNothing(_ store: LiveStore) async throws {
        #expect(try await store.count("item") == 0)
        #expect(try await store.count("gateway.ledger") == 0)
    }

    private struct NotRefused: Error {}
}
