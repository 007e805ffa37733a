import BSON
import Contracts
import MongoStore
import Testing

/// Which queries one query of the store answers.
@Suite("Queue of reads")
struct ReadQueueTests {
    private static func one(_ id: String, in collection: String = "order") -> RecordQuery {
        RecordQuery(
            collection: collection,
            conditions: [("id", BSONValue(string: id)), ("_id", BSONValue(string: "acme|" + id))], limit: 1)
    }

    private static func list(_ customer: Int64, limit: Int = 101) -> RecordQuery {
        RecordQuery(collection: "order", conditions: [("customer", BSONValue(int64: customer))], limit: limit)
    }

    /// The numbers of the queries in each group, in the order in which they are taken.
    private static func groups(_ queries: [RecordQuery]) -> [[Int]] {
        var queue = ReadQueue<Int>()
        for (number, query) in queries.enumerated() { queue.append(query, number) }
        var groups: [[Int]] = []
        while let group = queue.take() {
            switch group {
            case .same(_, let numbers): groups.append(numbers)
            case .records(_, let waiting): groups.append(waiting.map(\.answer))
            }
        }
        return groups
    }

    @Test("Nothing waits: nothing is taken")
    func empty() { #expect(Self.groups([]).isEmpty) }

    @Test("Records of one collection are taken together, by the first in line, and past others")
    func records() {
        let queries = [Self.one("a"), Self.list(1), Self.one("b"), Self.one("c", in: "stock"), Self.one("a")]
        #expect(Self.groups(queries) == [[0, 2, 4], [1], [3]])
    }

    @Test("A list is taken together with the same list only")
    func lists() {
        let queries = [Self.list(1), Self.list(2), Self.list(1), Self.list(1, limit: 11), Self.list(1)]
        #expect(Self.groups(queries) == [[0, 2, 4], [1], [3]])
    }

    @Test("Order, direction, place and fields distinguish lists")
    func distinctions() {
        var descending = Self.list(1)
        descending.isDescending = true
        var ordered = Self.list(1)
        ordered.order = "customer"
        var later = Self.list(1)
        later.after = .init(value: nil, id: BSONValue(string: "acme|a"))
        var other = Self.list(1)
        other.conditions[0].field = "seller"
        #expect(Self.groups([Self.list(1), descending, ordered, later, other]).count == 5)
    }

    @Test("A group of records is bounded, and every query is in one group")
    func bound() {
        let most = ReadQueue<Int>.mostTogether
        let groups = Self.groups((0..<(2 * most + 7)).map { Self.one("\($0)") })
        #expect(groups.map(\.count) == [most, most, 7])
        #expect(groups.joined().sorted() == Array(0..<(2 * most + 7)))
    }

    @Test("Only the first of those that wait are searched, so that taking one is quick however many there are")
    func searched() {
        let many = ReadQueue<Int>.mostSearched
        var queries = (0..<many + 1).map { Self.list(Int64($0 / 100)) }
        queries[0] = Self.one("a")
        queries[many - 1] = Self.one("b")
        queries[many] = Self.one("c")
        let groups = Self.groups(queries)
        #expect(groups.first == [0, many - 1] && groups.last == [many])
        #expect(groups.joined().sorted() == Array(0...many))
    }

    @Test("A record alone, and one without a text as _id, has a query of its own")
    func alone() {
        var queue = ReadQueue<Int>()
        queue.append(Self.one("a"), 0)
        guard case .same(let query, [0]) = queue.take() else { Issue.record("expected one query"); return }
        #expect(query.wantedID == BSONValue(string: "acme|a"))
        let number = RecordQuery(collection: "order", conditions: [("_id", BSONValue(int64: 7))], limit: 1)
        #expect(number.wantedID == nil && Self.list(1).wantedID == nil)
        #expect(Self.groups([number, Self.one("a"), Self.one("b")]) == [[0], [1, 2]])
    }

    @Test(
        "Conditions are met plainly by the same value, and by whole numbers of any size",
        arguments: [
            (BSONValue(string: "7"), true), (BSONValue(string: "8"), false), (BSONValue(int64: 7), false),
            (.null, false),
        ])
    func text(wanted: BSONValue, isMet: Bool) {
        let query = RecordQuery(collection: "c", conditions: [("text", wanted)], limit: 1)
        #expect(Self.document.withUnsafeBytes { query.isPlainlyMet(by: $0) } == isMet)
    }

    @Test("A number of the other width is the same number; a missing field meets nothing")
    func numbers() {
        func isMet(_ conditions: [(field: String, value: BSONValue)]) -> Bool {
            let query = RecordQuery(collection: "c", conditions: conditions, limit: 1)
            return Self.document.withUnsafeBytes { query.isPlainlyMet(by: $0) }
        }
        #expect(isMet([("small", BSONValue(int64: 7)), ("text", BSONValue(string: "7"))]))
        #expect(!isMet([("small", BSONValue(int64: 8))]))
        #expect(!isMet([("small", BSONValue(int64: 7)), ("text", BSONValue(string: "x"))]))
        #expect(!isMet([("none", .null)]))
    }

    /// `{ small: 7 (32 bits), text: "7" }`
    private static let document: [UInt8] =
        [28, 0, 0, 0, 0x10] + Array("small".utf8) + [0, 7, 0, 0, 0, 0x02] + Array("text".utf8)
        + [0, 2, 0, 0, 0, UInt8(ascii: "7"), 0, 0]
}
