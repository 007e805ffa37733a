internal import BSON
internal import Contracts
internal import JSON

extension FeedStoreContract {
    private static func posting(_ id: String, _ text: String, feed: String = "limits") -> PostingRow {
        var row = PostingRow(
            id: ByteString("feed:\(feed):\(id)"), origin: .feed, name: feed,
            target: .amqp(exchange: "", routingKey: "q"), body: Array(text.utf8), registeredAt: 1)
        row.state = .failed
        row.attempts = 1
        row.version = ByteString(text)
        return row
    }

    /// All that is not marked, read for being marked.
    private static func unmarked(_ feed: some FeedStore) async throws -> FeedSettlement {
        var settlement = FeedSettlement()
        _ = try await feed.beginReading(from: nil)
        settlement.flags = try await feed.nextDocuments(count: 100, bytes: 1 << 20)
        return settlement
    }

    private static func marked(_ bench: some FeedStoreBench) async throws -> Set<String> {
        let all = try await bench.documents().filter { $0.bsonValue("sent") == BSONValue(bool: true) }
        return Set(all.compactMap { $0.bsonID.withElement { $0.text } })
    }

    func marks(_ bench: some FeedStoreBench) async throws {
        for id in ["a", "b", "c"] { try await bench.put(Self.document(id)) }
        let lease = try await Self.take(try await bench.open())
        let feed = try await bench.open(Self.plan(Self.byFlag))
        var settlement = try await Self.unmarked(feed)
        // One changes and one goes before they are marked.
        try await bench.put(Self.document("b", version: 2))
        var settled = try await feed.settle(settlement, lease: lease)
        try require(settled.isOurs && settled.changed == 1, "one changed meanwhile: \(settled)")
        var marked = try await Self.marked(bench)
        try require(marked == ["a", "c"], "marked: \(marked)")

        // Where no field tells versions apart, all of the document does.
        var plan = Self.plan(Self.byFlag)
        plan.versionField = nil
        let whole = try await bench.open(plan)
        settlement = try await Self.unmarked(whole)
        try await bench.put(Self.document("b", version: 2) { $0.append("more", int64: 1) })
        settled = try await whole.settle(settlement, lease: lease)
        try require(settled.isOurs && settled.changed == 1, "a field was added meanwhile: \(settled)")
        settled = try await whole.settle(try await Self.unmarked(whole), lease: lease)
        try require(settled.isOurs && settled.changed == 0, "nothing changed meanwhile: \(settled)")
        marked = try await Self.marked(bench)
        try require(marked == ["a", "b", "c"], "marked: \(marked)")
    }

    func fencing(_ bench: some FeedStoreBench) async throws {
        try await bench.put(Self.document("d1"))
        let (a, b) = (try await bench.open(), try await bench.open())
        let feed = try await bench.open(Self.plan(Self.byFlag))
        let old = try await Self.take(a)
        try await bench.expire("limits")
        let new = try await Self.take(b)

        func settlement(_ text: String) async throws -> FeedSettlement {
            var settlement = try await Self.unmarked(feed)
            settlement.rows = [Self.posting("d1", text)]
            settlement.note.lastRun = FeedRun(at: 7)
            settlement.note.mark = FeedCheckpoint(value: BSONValue(date: 5), id: BSONValue(string: "d1"))
            return settlement
        }
        let late = try await feed.settle(settlement("old"), lease: old)
        try require(!late.isOurs, "one without the lease settles")
        var postings = try await bench.postings()
        var row = try await bench.row()
        let marked = try await Self.marked(bench)
        try require(postings.isEmpty && marked.isEmpty, "one without the lease leaves rows or marks behind")
        try require(row?.lastRun == nil && row?.mark == nil, "one without the lease notes its progress")

        let settled = try await feed.settle(settlement("new"), lease: new)
        row = try await bench.row()
        try require(settled.isOurs && settled.changed == 0, "the holder settles: \(settled)")
        try require(row?.lastRun?.at == 7, "the run is noted as \(row?.lastRun as Any)")
        try require(
            row?.mark == FeedCheckpoint(value: BSONValue(date: 5), id: BSONValue(string: "d1")),
            "the mark is noted as \(row?.mark as Any)")
        // What a later holder has recorded stays as it is.
        let again = try await feed.settle(settlement("old"), lease: old)
        postings = try await bench.postings()
        try require(
            !again.isOurs && postings.map(\.body) == [Array("new".utf8)], "an earlier holder changes a later one's row")

        var note = FeedNote()
        note.state = .holding("why")
        var isOurs = try await feed.note(note, lease: old)
        row = try await bench.row()
        try require(!isOurs && row?.state == nil, "one without the lease notes a state")
        isOurs = try await feed.note(note, lease: new)
        row = try await bench.row()
        try require(
            isOurs && row?.state == "holding" && row?.reason == "why", "the state is noted as \(row?.state as Any)")
        try require(row?.lastRun?.at == 7, "a note changes what it does not name")
    }

    func rows(_ bench: some FeedStoreBench) async throws {
        let lease = try await Self.take(try await bench.open())
        let feed = try await bench.open(Self.plan(Self.byField))
        var settlement = FeedSettlement()
        var stuck = Self.posting("d2", "1")
        stuck.state = .stuck
        settlement.rows = [Self.posting("d1", "1"), stuck, Self.posting("d3", "1")]
        let settled = try await feed.settle(settlement, lease: lease)
        try require(settled.isOurs, "the holder settles")
        var ids = try await feed.rowIDs()
        try require(ids == ["feed:limits:d1", "feed:limits:d2", "feed:limits:d3"], "rows: \(ids)")

        let newer = ["d1", "d2", "d4"].map { Self.posting($0, "2") }
        let replaced = try await feed.replaceRows(newer, lease: lease)
        try require(replaced == ["feed:limits:d1"], "replaced: \(replaced)")
        var postings = Dictionary(uniqueKeysWithValues: try await bench.postings().map { ($0.id, $0) })
        try require(postings["feed:limits:d1"]?.body == Array("2".utf8), "a row that waits has the old body")
        try require(postings["feed:limits:d1"]?.version == "2", "a row that waits has the old version")
        try require(postings["feed:limits:d2"]?.body == Array("1".utf8), "a row that is stuck was replaced")
        try require(postings["feed:limits:d4"] == nil, "a row that is gone was made")

        let target = PostingTarget.amqp(exchange: "", routingKey: "other")
        try await feed.aimRows(at: target, lease: lease)
        postings = Dictionary(uniqueKeysWithValues: try await bench.postings().map { ($0.id, $0) })
        try require(postings.values.allSatisfy { $0.target == target && $0.nextTryAt == nil }, "rows go elsewhere")

        settlement = FeedSettlement()
        settlement.goneRows = ["feed:limits:d1", "feed:limits:d9"]
        _ = try await feed.settle(settlement, lease: lease)
        ids = try await feed.rowIDs()
        try require(ids == ["feed:limits:d2", "feed:limits:d3"], "rows after one is gone: \(ids)")
        var other = Self.plan(Self.byField)
        other.name = "limit"
        let others = try await bench.open(other).rowIDs()
        try require(others.isEmpty, "rows of another feed: \(others)")
    }

    func takeBack(_ bench: some FeedStoreBench) async throws {
        for version in 1...5 as ClosedRange<Int64> {
            try await bench.put(
                Self.document("d\(version)", version: version) { $0.append("sent", bool: version != 5) })
        }
        let feed = try await bench.open(Self.plan(Self.byFlag))
        try await feed.takeBackFlags(from: BSONValue(int64: 3))
        var marked = try await Self.marked(bench)
        try require(marked == ["d1", "d2"], "marked after a rewind to 3: \(marked)")
        try await feed.takeBackFlags(from: nil)
        marked = try await Self.marked(bench)
        try require(marked.isEmpty, "marked after a rewind to the beginning: \(marked)")
    }
}
