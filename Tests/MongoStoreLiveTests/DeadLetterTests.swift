import Ingest
import BSON
import Contracts
import JSON
import MongoStore
import Testing

/// Dead letters as an operator asks for them.
@Suite("Reading dead letters", .enabled(if: LiveServer.isThere, LiveServer.hint))
struct DeadLetterTests {
    @Test("Every condition narrows, newest first, and counts agree with lists")
    func queries() async throws {
        try await LiveStore.with { store in
            try await store.withLane { lane in
                try await lane.settle(StoreReads()) { _ in
                    var letters = CollectionWrites(collection: "gateway.deadLetters")
                    for number in 0..<12 { letters.insert(letter: number) }
                    return (StoreWrites(letters), ())
                }
            }
            func ids(limit: Int = 100, _ change: (inout DeadLetterQuery) -> Void) async throws -> [Int] {
                var query = DeadLetterQuery()
                change(&query)
                let found = try await store.reader.deadLetters(query, limit: limit)
                let count = try await store.reader.countDeadLetters(query)
                #expect(limit < 100 || count == found.count)
                return (0..<found.count).map { index in
                    found.withDocument(index) { Int(BSONElements($0).first(named: "number")?.integer ?? -1) }
                }
            }
            #expect(try await ids { _ in } == Array((0..<12).reversed()))
            #expect(try await ids(limit: 3) { _ in } == [11, 10, 9])
            #expect(try await ids { $0.states = [.open] } == [9, 6, 3, 0])
            #expect(try await ids { $0.states = [.open, .discarded] } == [11, 9, 8, 6, 5, 3, 2, 0])
            #expect(try await ids { $0.states = [] } == [])
            #expect(try await ids { $0.codes = ["schema"] } == [10, 8, 6, 4, 2, 0])
            #expect(try await ids { $0.catalog = .named("catalogItem") } == [8, 4, 0])
            #expect(try await ids { $0.catalog = DeadLetterQuery.Catalog.none } == [])
            #expect(try await ids { $0.companyId = "c1" } == [11, 6, 1])
            #expect(try await ids { $0.since = 10_000 } == [11, 10])
            #expect(try await ids { $0.id = "letter7" } == [7])
            let both = try await ids {
                $0.codes = ["schema"]
                $0.states = [.open]
            }
            #expect(both == [6, 0])

            #expect(try await store.reader.deadLetter("letter3").count == 1)
            #expect(try await store.reader.deadLetter("nobody").isEmpty)
            #expect(try await store.reader.countDeadLettersByState() == [.open: 4, .replayed: 4, .discarded: 4])
        }
    }
}

extension CollectionWrites {
    /// As the pipeline writes it, as far as the queries are concerned.
    fileprivate mutating func insert(letter number: Int) {
        insert(ByteString("letter\(number)")) { letter in
            letter.append("number", int64: Int64(number))
            letter.append("state", string: ["open", "replayed", "discarded"][number % 3])
            letter.append("catalog", string: ["catalogItem", "catalogZone", "catalogCard", "catalogBrand"][number % 4])
            letter.append("companyId", string: "c\(number % 5)")
            letter.append(
                "reasons",
                array: { reasons in
                    reasons.append("0", document: { $0.append("code", string: "notFound") })
                    reasons.append(
                        "1", document: { $0.append("code", string: number % 2 == 0 ? "schema" : "alreadyExists") })
                })
            letter.append("receivedAt", date: Int64(number) * 1000)
        }
    }
}
