import BSON
import Contracts
import Crypto
import Mappings
import NIOCore
import Schemas
import Synchronization
import Testing

@testable import Web

/// Reading: which records a request asks the store for, and what it shows of them.
@Suite struct ReadDoorTests {
    /// Remembers the questions and answers with the same records.
    private final class Records: RecordReader {
        let asked = Mutex<[RecordQuery]>([])
        let found: Mutex<BSONSequence>

        init(_ found: BSONSequence) { self.found = Mutex(found) }

        func read(_ query: RecordQuery) async throws(StoreError) -> BSONSequence {
            asked.withLock { $0.append(query) }
            return found.withLock(\.self)
        }
    }

    private func door(
        _ read: String, _ records: Records, fields: String = "code: .code",
        now: @escaping @Sendable () -> Int64 = { 0 }
    ) throws -> ReadDoor {
        let text = """
            routes:
              read:
                from: { http: { method: GET, path: "/brands/{code}" } }
                read: { \(read) }
                message: { fields: { \(fields) } }
            """
        let (table, mistakes) = MappingCompiler.compile(
            files: [("r.yaml", text)], context: MappingContext(settings: [], catalogs: try Catalogs.builtin()))
        #expect(mistakes.isEmpty, "\(mistakes)")
        let shape = try #require(table?.routes.first?.read)
        return ReadDoor(shape, records: records, now: now)
    }

    private func request(_ code: String) -> WebRequest {
        WebRequest(
            facts: RequestFacts(
                method: "GET", path: "/brands/x", parameters: [RequestField(name: "code", value: code)]),
            headers: [], body: ByteBuffer())
    }

    private var one: BSONSequence {
        var found = BSONSequence()
        found.appendDocument { writer in
            writer.append("_id", string: "c|a")
            writer.append("code", string: "a")
        }
        return found
    }

    @Test(
        "a record is asked for by the `_id` of its key",
        arguments: [("a", "c|a"), ("a|b", #"c|a\|b"#), (#"\"#, #"c|\\"#)])
    func key(code: String, id: String) async throws {
        let records = Records(one)
        let door = try door(
            "definition: catalogBrand, key: { code: { parameter: code }, companyId: { value: c } }", records)
        let answer = await door.answer(request(code))
        #expect(answer.status == 200)
        #expect(String(decoding: answer.body, as: UTF8.self) == #"{"code":"a"}"#)
        let query = try #require(records.asked.withLock { $0.first })
        #expect(query.conditions.first { $0.field == "_id" }?.value == BSONValue(string: id))
        #expect(query.conditions.count == 3)
    }

    @Test func `of a collection, and by a filter, there is no such id`() async throws {
        let records = Records(one)
        for read in ["collection: brand, key: { code: { parameter: code } }", "definition: catalogBrand"] {
            _ = await (try door(read, records)).answer(request("a"))
        }
        #expect(records.asked.withLock { $0.allSatisfy { !$0.conditions.contains { $0.field == "_id" } } })
        #expect(records.asked.withLock { $0.map(\.limit) } == [1, 101])
    }

    @Test func `a record's tag is that of the record, whatever is shown, and of what is shown`() async throws {
        let key = "definition: catalogBrand, key: { code: { parameter: code }, companyId: { value: c } }"
        func tag(_ door: ReadDoor, known: String? = nil) async -> (status: Int, tag: String) {
            var request = request("a")
            request.headers = known.map { [RequestField(name: "if-none-match", value: $0)] } ?? []
            let answer = await door.answer(request)
            return (answer.status, answer.headers.first { $0.name == "etag" }?.value ?? "")
        }
        var other = BSONSequence()
        other.appendDocument { writer in
            writer.append("_id", string: "c|a")
            writer.append("code", string: "a")
            writer.append("hidden", string: "more")
        }
        let own = try door(key, Records(one))
        let first = await tag(own).tag
        let renamed = await tag(try door(key, Records(one), fields: "name: .code")).tag
        let changed = await tag(try door(key, Records(other))).tag
        let list = await tag(try door("definition: catalogBrand", Records(one))).tag
        let halves = { (tag: String) in tag.split(separator: "-").map(String.init) }
        #expect(halves(first).count == 2 && halves(list).count == 1)
        #expect(halves(first)[0] == halves(renamed)[0] && halves(first)[1] != halves(renamed)[1])
        #expect(halves(first)[0] != halves(changed)[0] && halves(first)[1] == halves(changed)[1])
        #expect(await tag(own, known: first).status == 304)
        #expect(await tag(own, known: changed).status == 200)
        // What a request with it asks, judged on the stored bytes.
        let stored = one.withDocument(0) { SHA256.hash(data: $0) }
        for (tag, holds) in [(first, true), (renamed, true), (changed, false), (list, false), ("W/\(first)", false)] {
            #expect(RecordPrecondition(match: [tag], noneMatch: [])?.holds(record: stored) == holds)
        }
    }

    @Test(
        "a list that ends early because of its bytes goes on",
        arguments: [(1 << 20, false), (RecordQuery.mostBytes, true)])
    func large(bytes: Int, goesOn: Bool) async throws {
        var found = one
        found.appendDocument { writer in
            writer.append("_id", string: "c|b")
            writer.append("code", string: "b")
            writer.append("text", string: String(repeating: "x", count: bytes))
        }
        let answer = await (try door("definition: catalogBrand", Records(found))).answer(request("a"))
        #expect(String(decoding: answer.body, as: UTF8.self) == #"[{"code":"a"},{"code":"b"}]"#)
        #expect(answer.headers.contains { $0.name == "link" } == goesOn)
    }

    @Test func `a list shows its records as they are now, at each address`() async throws {
        func sequence(_ codes: [String]) -> BSONSequence {
            var found = BSONSequence()
            for code in codes {
                found.appendDocument { writer in
                    writer.append("_id", string: "c|" + code)
                    writer.append("code", string: code)
                }
            }
            return found
        }
        let records = Records(sequence([]))
        let door = try door("definition: catalogBrand, limit: 2", records)
        var tags: Set<String> = []
        for codes in [["a"], ["b"], ["a"], ["a", "b"], ["a", "b", "c"], [], ["a"]] {
            records.found.withLock { $0 = sequence(codes) }
            for query in ["x=1", "x=2", "x=1", "x=1"] {
                var request = request("a")
                request.facts.query = query
                request.facts.parameters.append(RequestField(name: "x", value: String(query.dropFirst(2))))
                let answer = await door.answer(request)
                let expected = codes.prefix(2).map { #"{"code":"\#($0)"}"# }.joined(separator: ",")
                #expect(String(decoding: answer.body, as: UTF8.self) == "[\(expected)]")
                let link = answer.headers.first { $0.name == "link" }?.value
                #expect((link != nil) == (codes.count > 2) && link?.contains("?\(query)&cursor=") != false, "\(codes)")
                let tag = try #require(answer.headers.first { $0.name == "etag" }?.value)
                tags.insert(tag)
                request.headers = [RequestField(name: "if-none-match", value: tag)]
                #expect(await door.answer(request).status == 304)
            }
        }
        // Of a list that goes on, one for each address.
        #expect(tags.count == 6)
    }

    @Test func `a list that shows when it was asked for is written each time`() async throws {
        let clock = Mutex<Int64>(0)
        let door = try door(
            "definition: catalogBrand", Records(one), fields: "code: .code, at: { delivery: receivedAt }",
            now: { clock.withLock(\.self) })
        var bodies: Set<[UInt8]> = []
        for second in 1...3 {
            clock.withLock { $0 = Int64(second) * 1000 }
            bodies.insert(await door.answer(request("a")).body)
        }
        #expect(bodies.count == 3)
    }

    @Test func `no record is 404, and a parameter that is missing 400`() async throws {
        let door = try door(
            "definition: catalogBrand, key: { code: { parameter: code }, companyId: { value: c } }",
            Records(BSONSequence()))
        #expect(await door.answer(request("a")).status == 404)
        var without = request("a")
        without.facts.parameters = []
        #expect(await door.answer(without).status == 400)
    }
}
