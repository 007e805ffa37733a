@testable import Console
import Testing

/// The tail of settled messages: bounded in every way, and costing nothing while nobody looks.
@Suite struct MessageTailTests {
    private static func message(
        _ number: Int, outcome: String = "applied", catalog: String = "catalogItem", body: Int = 10
    ) -> SettledMessage {
        var message = SettledMessage(at: 1000, route: "r", queue: "q", outcome: outcome)
        message.messageId = "m\(number)"
        message.companyId = "c"
        message.catalog = catalog
        message.body = [UInt8](repeating: 120, count: body)
        return message
    }

    private static func numbers(_ page: MessagePage) -> [Int] { page.rows.map(\.number) }

    @Test func `it is filled only for half a minute after somebody has looked`() throws {
        let tail = MessageTail()
        #expect(!tail.isWatched(at: 0))
        _ = tail.page(try MessageQuery([:]), now: 5000)
        #expect(tail.isWatched(at: 34_999))
        #expect(!tail.isWatched(at: 35_000))
    }

    @Test func `a second takes so many of each kind, and counts the rest`() throws {
        let tail = MessageTail()
        #expect((0..<150).count { _ in tail.takes(refused: false, at: 7200) } == 100)
        // What was refused has room of its own.
        #expect((0..<150).count { _ in tail.takes(refused: true, at: 7900) } == 100)
        #expect(tail.page(try MessageQuery([:]), now: 0).leftOut == 100)
        #expect(tail.takes(refused: false, at: 8000) && tail.takes(refused: true, at: 8000))
    }

    @Test func `it keeps the newest, by number and by bytes`() throws {
        let tail = MessageTail()
        for number in 1...600 { tail.add(Self.message(number)) }
        let all = try MessageQuery(["limit": "500"])
        #expect(Self.numbers(tail.page(all, now: 0)) == Array((101...600).reversed()))
        #expect(tail.message(100) == nil && tail.message(101)?.messageId == "m101")
        for number in 601...800 { tail.add(Self.message(number, body: 64 << 10)) }
        let left = tail.page(all, now: 0)
        #expect(left.rows.count < 130 && left.rows.count > 100 && left.rows.first?.number == 800)
        // One alone stays, whatever its size.
        tail.add(Self.message(801, body: 20 << 20))
        #expect(Self.numbers(tail.page(all, now: 0)) == [801])
    }

    @Test func `who comes back gets what is new; a number of a run before counts for nothing`() throws {
        let tail = MessageTail()
        for number in 1...5 { tail.add(Self.message(number)) }
        let page = tail.page(try MessageQuery(["after": "3"]), now: 0)
        #expect(Self.numbers(page) == [5, 4] && page.last == 5)
        #expect(Self.numbers(tail.page(try MessageQuery(["after": "5"]), now: 0)).isEmpty)
        #expect(tail.page(try MessageQuery(["after": "77"]), now: 0).rows.count == 5)
    }

    @Test(
        "a filter takes what all its conditions take",
        arguments: [
            (["outcome": "rejected"], [3]), (["outcome": "inserted"], [2]), (["catalog": "catalogBrand"], [3]),
            (["company": "d"], []), (["text": "m1"], [1]), (["text": "too long"], [3]), (["text": "c|k2"], [2]),
            (["catalog": "catalogItem", "outcome": "applied"], [2, 1]), (["route": "r", "limit": "1"], [3]),
        ])
    func filter(query: [String: String], expected: [Int]) throws {
        let tail = MessageTail()
        tail.add(Self.message(1))
        var second = Self.message(2)
        second.counts = [("inserted", 1)]
        second.items = [SettledMessage.Item(number: 0, operation: "I", key: "c|k2", outcome: "inserted")]
        tail.add(second)
        var third = Self.message(3, outcome: "rejected", catalog: "catalogBrand")
        third.reasons = ["/items/0/name: is too long"]
        tail.add(third)
        #expect(Self.numbers(tail.page(try MessageQuery(query), now: 0)) == expected)
    }

    @Test(
        "a wrong condition is reported with the valid ones",
        arguments: [
            (["catalgo": "x"], "did you mean 'catalog'?"), (["after": "-1"], "leave it out, or give a number"),
            (["limit": "501"], "leave it out, or give a number"), (["limit": "x"], "leave it out, or give a number"),
        ])
    func mistakes(query: [String: String], remedy: String) {
        let problem = #expect(throws: ConsoleProblem.self) { try MessageQuery(query) }
        #expect(problem?.status == 400 && problem?.remedy.contains(remedy) == true)
    }

    @Test func `the parts of a long message are one row, which comes again with each part`() throws {
        func part(_ outcome: String, _ counts: [(outcome: String, count: Int)], reasons: [String] = [])
            -> SettledMessage
        {
            var part = Self.message(1, outcome: outcome)
            part.identity = "q|long"
            part.counts = counts
            part.reasons = reasons
            return part
        }
        let tail = MessageTail()
        tail.add(part("applied", [("inserted", 1000)]))
        tail.add(Self.message(2))
        tail.add(part("partlyRejected", [("inserted", 998), ("rejected", 2)], reasons: ["why"]))
        let page = tail.page(try MessageQuery([:]), now: 0)
        #expect(Self.numbers(page) == [1, 2], "the row keeps its number, and is the newest")
        #expect(page.last == 3)
        let whole = try #require(tail.message(1))
        #expect(
            whole.counts.map(\.count) == [1998, 2] && whole.outcome == "partlyRejected" && whole.reasons == ["why"])
        #expect(
            Self.numbers(tail.page(try MessageQuery(["after": "2"]), now: 0)) == [1], "a page that saw it gets the rest"
        )
        tail.add(part("applied", [("inserted", 1)]))
        #expect(tail.message(1)?.counts.map(\.count) == [1999, 2])
        // Messages of one part are never joined, whatever their ids.
        tail.add(Self.message(2))
        #expect(tail.page(try MessageQuery([:]), now: 0).rows.count == 3)
    }
}
