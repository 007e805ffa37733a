import Ingest
import BSON
@testable import Contracts
import IngestTesting
import JSON
@testable import Publishing
import Testing

/// What is made durable of a batch, by what became of its postings.
@Suite("The verdict on a feed's batch")
struct FeedVerdictTests {
    private static let target = PostingTarget.amqp(exchange: "", routingKey: "q")

    private static func item(_ number: Int, _ way: FeedItem.Way = .publish, hasRow: Bool = false) -> FeedItem {
        var row = PostingRow(
            id: ByteString("feed:limits:d\(number)"), origin: .feed, name: "limits", target: target, body: [1],
            registeredAt: 5)
        row.messageId = ByteString("limits:d\(number):1")
        return FeedItem(row: row, way: way, hasRow: hasRow)
    }

    @Test func `what failed is a row, what was confirmed is none any more`() throws {
        let items = [
            Self.item(0), Self.item(1, hasRow: true), Self.item(2), Self.item(3), Self.item(4, .stuck(.unrenderable)),
            Self.item(5, .replaceRow), Self.item(6), Self.item(7), Self.item(8),
        ]
        let results: [PostingResult] = [
            .confirmed, .confirmed, .returned(code: 312, reason: "NO_ROUTE"), .unsendable(reason: "too long"),
            .confirmed, .confirmed, .confirmed,
        ]
        var batch = FeedBatch()
        batch.documents = 9
        let verdict = FeedVerdict(batch, items: items, results: results, now: 1000)
        #expect(verdict.rows.map(\.id) == ["feed:limits:d2", "feed:limits:d3", "feed:limits:d4"])
        #expect(verdict.rows.map(\.state) == [.failed, .stuck, .pending])
        #expect(verdict.rows[0].nextTryAt == 2000 && verdict.rows[0].failedSince == 1000)
        #expect(verdict.rows[1].nextTryAt == nil)
        #expect(verdict.outcome.goneRows == ["feed:limits:d1"])
        #expect(verdict.outcome.confirmed == 5 && verdict.outcome.failed == 4 && verdict.outcome.documents == 9)
        #expect(verdict.destinationFailure == nil)
    }

    @Test(arguments: [(1, 1, true), (1, 0, false), (4, 2, true), (5, 2, false), (0, 0, false)])
    func `half of what was sent must fail for the destination to be at fault`(
        sent: Int, bad: Int, isDestination: Bool
    ) {
        let results = (0..<sent).map { $0 < bad ? PostingResult.refused : .confirmed }
        let items = (0..<sent).map { Self.item($0) }
        let verdict = FeedVerdict(FeedBatch(), items: items, results: results, now: 0)
        #expect((verdict.destinationFailure != nil) == isDestination)
    }

    @Test func `of every batch each posting is confirmed or a row`() {
        var random = Seeded(1)
        for _ in 0..<2000 {
            let items = (0..<Int.random(in: 0..<20, using: &random)).map { number in
                let ways: [FeedItem.Way] = [.publish, .publish, .publish, .replaceRow, .stuck(.unrenderable)]
                return Self.item(number, random.pick(ways), hasRow: random.chance(0.3))
            }
            let sent = items.filter { if case .publish = $0.way { true } else { false } }
            let results: [PostingResult] = sent.map { _ in
                let all: [PostingResult] = [
                    .confirmed, .returned(code: 312, reason: ""), .refused, .unsendable(reason: "x"),
                ]
                return random.pick(all)
            }
            let verdict = FeedVerdict(FeedBatch(), items: items, results: results, now: 0)
            let confirmed = zip(sent, results).filter { $0.1 == .confirmed }.map(\.0.row.id)
            let replaced = items.filter { if case .replaceRow = $0.way { true } else { false } }.map(\.row.id)
            let rows = verdict.rows.map(\.id)
            #expect(Set(confirmed).union(replaced).union(rows) == Set(items.map(\.row.id)))
            #expect(rows.count + confirmed.count + replaced.count == items.count)
            #expect(verdict.outcome.goneRows.isSubset(of: confirmed))
            #expect(verdict.outcome.failed == rows.count + replaced.count)
        }
    }
}

/// What the batches of a feed have in common.
@Suite("The flow of a feed")
struct FeedFlowTests {
    private static func mark(_ time: Int64, _ id: String? = nil) -> FeedCheckpoint {
        FeedCheckpoint(value: BSONValue(date: time), id: id.map { BSONValue(string: $0) })
    }

    @Test func `the mark never goes back`() {
        let flow = FeedFlow(most: 10, rows: [], mark: Self.mark(5, "b"), token: nil)
        #expect(flow.mark(with: Self.mark(4, "z"), isNews: false) == nil)
        #expect(flow.mark(with: Self.mark(4), isNews: true) == nil)
        #expect(flow.mark(with: Self.mark(5), isNews: true) == nil)
        #expect(flow.mark(with: Self.mark(5, "c"), isNews: false) == Self.mark(5, "c"))
        #expect(flow.mark(with: Self.mark(6, "a"), isNews: true) == Self.mark(6, "a"))
        #expect(flow.mark(with: nil, isNews: false) == nil)
    }

    @Test func `where the destination fails one document goes ahead, and then twice as many each time`() async {
        let flow = FeedFlow(most: 10, rows: [], mark: nil, token: nil)
        #expect(flow.fail("no queue") && !flow.fail("no queue"))
        #expect(flow.pace == 1 && flow.hold == "no queue" && !flow.seen.goesOn)
        #expect(await flow.enter([BSONValue(int64: 1)]) == false)
        flow.beginPass()
        #expect(flow.isProbing && flow.seen.goesOn)
        #expect(!flow.fail("no queue"), "what fails while it is tried is not recorded again")
        flow.beginPass()
        var outcome = FeedBatchOutcome()
        outcome.confirmed = 1
        for pace in [2, 4, 8, 10, 10] {
            flow.settled(outcome, changed: 0)
            #expect(flow.pace == pace && !flow.isProbing)
        }
    }

    @Test func `two versions of one document are never under way together`() async {
        let flow = FeedFlow(most: 10, rows: [], mark: nil, token: nil)
        let (a, b) = (BSONValue(int64: 1), BSONValue(int64: 2))
        #expect(await flow.enter([a]))
        #expect(await flow.enter([b]))
        #expect(!flow.seen.isIdle)
        async let second = flow.enter([a, BSONValue(int64: 3)])
        flow.leave([b])
        flow.leave([a])
        #expect(await second)
        flow.abandon()
        #expect(await flow.enter([b]) == false)
        flow.leave([a, BSONValue(int64: 3)])
        #expect(flow.seen.isIdle && flow.seen.isAbandoned)
    }
}
