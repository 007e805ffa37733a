import BSON
import Contracts
import JSON
import MongoStore
import Testing

/// Records for requests: whatever is read together, each query gets what it would get alone.
@Suite("Reads for requests", .enabled(if: LiveServer.isThere, LiveServer.hint))
struct ReadTests {
    private static let stored = 150

    /// Records `acme|0` and so on, with `id` as a text, `n` as a number and `half` as a double.
    private static func fill(_ store: LiveStore) async throws {
        try await store.reader.command("insert") { command in
            command.append("insert", string: "order")
            command.append(
                "documents",
                array: { documents in
                    for number in 0..<stored {
                        BSONWriter.withIndexName(number) { name in
                            documents.append(
                                name,
                                document: { document in
                                    document.append("_id", string: "acme|\(number)")
                                    document.append("id", string: "\(number)")
                                    document.append("n", int64: Int64(number))
                                    BSONWriter.withIndexName(7) { document.append($0, double: Double(number)) }
                                })
                        }
                    }
                })
            command.append("writeConcern", document: { $0.append("w", string: "majority") })
        }
    }

    private static func one(_ number: Int, _ field: String, _ value: BSONValue) -> RecordQuery {
        RecordQuery(
            collection: "order", conditions: [(field, value), ("_id", BSONValue(string: "acme|\(number)"))], limit: 1)
    }

    /// The `n` of each document.
    private static func numbers(_ found: BSONSequence) -> [Int64?] {
        (0..<found.count).map { found.withDocument($0) { BSONElements($0).first(named: "n")?.integer } }
    }

    @Test("Hundreds of reads at once: each gets its record, none the record of another, with few queries of the store")
    func together() async throws {
        try await LiveStore.with { store in
            try await Self.fill(store)
            let records = store.deployment.makeRecords(connections: 2)
            _ = try await records.read(Self.one(0, "n", BSONValue(int64: 0)))
            let work = try await store.profile("order") {
                // Both connections are held up, and all others come meanwhile.
                try await store.fail(["find"], times: 2) { data in
                    data.append("blockConnection", bool: true)
                    data.append("blockTimeMS", int64: 1000)
                }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<2 * Self.stored {
                        group.addTask {
                            let found = try await records.read(Self.one(number, "n", BSONValue(int64: Int64(number))))
                            let expected = number < Self.stored ? [Int64(number)] : []
                            #expect(Self.numbers(found) == expected, "record \(number)")
                        }
                    }
                    try await group.waitForAll()
                }
            }
            #expect((3...12).contains(work.plans.count), "\(work.plans.count) queries")
            #expect(work.plans.allSatisfy { !$0.contains("COLLSCAN") }, "\(work.plans)")
            await records.close()
        }
    }

    @Test("A condition besides the _id counts: another value and another type are not the record, an equal number is")
    func conditions() async throws {
        try await LiveStore.with { store in
            try await Self.fill(store)
            let records = store.deployment.makeRecords(connections: 1)
            let asked: [(query: RecordQuery, isFound: Bool)] = [
                (Self.one(1, "id", BSONValue(string: "1")), true),
                (Self.one(2, "id", BSONValue(string: "1")), false),
                (Self.one(3, "id", BSONValue(int64: 3)), false),
                (Self.one(4, "7", BSONValue(int64: 4)), true),
                (Self.one(5, "7", BSONValue(int64: 4)), false),
                (Self.one(6, "none", .null), true),
                (Self.one(Self.stored, "id", BSONValue(string: "\(Self.stored)")), false),
            ]
            let work = try await store.profile("order") {
                try await store.fail(["find"], times: 1) { data in
                    data.append("blockConnection", bool: true)
                    data.append("blockTimeMS", int64: 500)
                }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (query, isFound) in asked + asked {
                        group.addTask {
                            let count = try await records.read(query).count
                            #expect(count == (isFound ? 1 : 0), "\(query)")
                        }
                    }
                    try await group.waitForAll()
                }
            }
            // One alone, those behind it together, and those that this does not settle by themselves.
            #expect(work.plans.count < 2 * asked.count, "\(work.plans.count) queries")
            await records.close()
        }
    }

    @Test("A read sees what was written before it began, though others have been waiting for the same")
    func freshness() async throws {
        try await LiveStore.with { store in
            try await Self.fill(store)
            let records = store.deployment.makeRecords(connections: 1)
            let list = RecordQuery(collection: "order", conditions: [], limit: 1000)
            _ = try await records.read(list)
            try await withThrowingTaskGroup(of: Int.self) { group in
                let count = try await store.fail(["find"], times: 1) { data in
                    data.append("blockConnection", bool: true)
                    data.append("blockTimeMS", int64: 500)
                }
                group.addTask { try await records.read(list).count }
                try await store.waitForFault(after: count)
                try await store.reader.command("insert") { command in
                    command.append("insert", string: "order")
                    command.append(
                        "documents",
                        array: { documents in
                            BSONWriter.withIndexName(0) { name in
                                documents.append(name, document: { $0.append("_id", string: "acme|new") })
                            }
                        })
                    command.append("writeConcern", document: { $0.append("w", string: "majority") })
                }
                let later = try await records.read(list).count
                #expect(later == Self.stored + 1)
                try await group.waitForAll()
            }
            await records.close()
        }
    }

    @Test("After the end a read is refused, and waits for nothing")
    func ended() async throws {
        try await LiveStore.with { store in
            let records = store.deployment.makeRecords(connections: 1)
            let query = Self.one(1, "n", BSONValue(int64: 1))
            let count = try await records.read(query).count
            #expect(count == 0)
            await records.close()
            do throws(StoreError) {
                _ = try await records.read(query)
                Issue.record("a read after the end was answered")
            } catch {
                #expect(error.kind == .unavailable)
            }
        }
    }
}
