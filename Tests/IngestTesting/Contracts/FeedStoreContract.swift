internal import BSON
package import Contracts
internal import JSON

/// A database of a test's own, as feeds see it, and as others do.
package protocol FeedStoreBench: LeaseBench {
    associatedtype Feed: FeedStore

    /// The store of a feed, as another gateway has it each time.
    func open(_ plan: FeedPlan) async throws -> Feed
    /// Puts a document into the collection `limitStatus`, in place of the one with its `_id`.
    func put(_ document: [UInt8]) async throws
    /// The documents of `limitStatus`.
    func documents() async throws -> [[UInt8]]
    /// The row of the feed `limits`; nil where there is none.
    func row() async throws -> FeedRow?
    func postings() async throws -> [PostingRow]
}

/// What every ``FeedStore`` must do, whatever is behind it.
package enum FeedStoreContract: String, CaseIterable, Sendable {
    case readsBehindTheMarkInOrder
    case readsWhatIsNotFlagged
    case readsAllOfASnapshot
    case findsDocumentsByID
    case namesDocumentsOutOfOrder
    case marksWhatHasNotChanged
    case writesInTheNameOfTheLeaseOnly
    case replacesRowsThatWait
    case takesFlagsBackFromAValue
    case tellsOfChangesFromAPlaceOn
    case saysThatAPlaceIsLost
    case sharesDocuments

    package static let collection = "limitStatus"

    /// Throws where it is not kept. The database is empty.
    package func check(on bench: some FeedStoreBench) async throws {
        switch self {
        case .readsBehindTheMarkInOrder: try await reading(bench)
        case .readsWhatIsNotFlagged: try await flagged(bench)
        case .readsAllOfASnapshot: try await snapshot(bench)
        case .findsDocumentsByID: try await byID(bench)
        case .namesDocumentsOutOfOrder: try await outOfOrder(bench)
        case .marksWhatHasNotChanged: try await marks(bench)
        case .writesInTheNameOfTheLeaseOnly: try await fencing(bench)
        case .replacesRowsThatWait: try await rows(bench)
        case .takesFlagsBackFromAValue: try await takeBack(bench)
        case .tellsOfChangesFromAPlaceOn: try await changes(bench)
        case .saysThatAPlaceIsLost: try await lostPlace(bench)
        case .sharesDocuments: try await sharing(bench)
        }
    }

    // MARK: Fixtures

    static let byField = FeedPlan.Progress.field("lastUpdate", overlapMilliseconds: 0)
    static let byFlag = FeedPlan.Progress.flag("sent")

    static func plan(
        _ progress: FeedPlan.Progress, filter: [UInt8] = .document { _ in }, watches: Bool = false,
        isShared: Bool = false
    ) -> FeedPlan {
        FeedPlan(
            name: "limits", collection: collection, filter: filter, progress: progress, versionField: "version",
            watches: watches, batchDocuments: 100, isShared: isShared)
    }

    static func document(
        _ id: String, at time: Int64 = 0, version: Int64 = 1, _ more: (inout BSONWriter) -> Void = { _ in }
    ) -> [UInt8] {
        .document { writer in
            writer.append("_id", string: id)
            writer.append("lastUpdate", date: time)
            writer.append("version", int64: version)
            more(&writer)
        }
    }

    static func take(_ leases: some LeaseStore) async throws -> Lease {
        guard case .taken(let lease) = try await leases.take("limits") else {
            throw Broken("the lease is not to be had")
        }
        return lease
    }

    /// The ids that a run meets, `count` at a time.
    static func read(_ feed: some FeedStore, from mark: FeedCheckpoint? = nil, count: Int = 100) async throws
        -> [String]
    {
        _ = try await feed.beginReading(from: mark)
        var ids: [String] = []
        while true {
            let documents = try await feed.nextDocuments(count: count, bytes: 1 << 20)
            if documents.isEmpty { return ids }
            try require(documents.count <= count, "\(documents.count) documents where \(count) were asked for")
            ids += documents.texts
        }
    }

    // MARK: Reading

    private func reading(_ bench: some FeedStoreBench) async throws {
        for (id, time) in [("e", 3), ("a", 1), ("c", 2), ("b", 2), ("d", 2)] as [(String, Int64)] {
            try await bench.put(Self.document(id, at: time))
        }
        try await bench.put(.document { $0.append("_id", string: "none") })
        let feed = try await bench.open(Self.plan(Self.byField))
        for count in [1, 2, 100] {
            let all = try await Self.read(feed, count: count)
            try require(all == ["a", "b", "c", "d", "e"], "from the beginning, \(count) at a time: \(all)")
        }
        let two = BSONValue(date: 2)
        let behind = try await Self.read(feed, from: FeedCheckpoint(value: two, id: BSONValue(string: "c")))
        try require(behind == ["d", "e"], "behind a document: \(behind)")
        let from = try await Self.read(feed, from: FeedCheckpoint(value: two, id: nil))
        try require(from == ["b", "c", "d", "e"], "from a value on: \(from)")
        _ = try await feed.beginReading(from: nil)
        let one = try await feed.nextDocuments(count: 10, bytes: 1)
        try require(one.count >= 1 && one.count < 5, "few bytes: \(one.texts)")
        let filtered = try await bench.open(
            Self.plan(Self.byField, filter: .document { $0.append("version", int64: 2) }))
        try await bench.put(Self.document("c", at: 2, version: 2))
        let some = try await Self.read(filtered)
        try require(some == ["c"], "with a filter: \(some)")
    }

    private func flagged(_ bench: some FeedStoreBench) async throws {
        try await bench.put(Self.document("a") { $0.append("sent", bool: true) })
        try await bench.put(Self.document("b") { $0.append("sent", bool: false) })
        try await bench.put(Self.document("c"))
        let found = try await Self.read(try await bench.open(Self.plan(Self.byFlag)))
        try require(found == ["b", "c"], "not flagged: \(found)")
    }

    private func snapshot(_ bench: some FeedStoreBench) async throws {
        for id in ["b", "a"] { try await bench.put(Self.document(id) { $0.append("sent", bool: true) }) }
        let feed = try await bench.open(Self.plan(.snapshot))
        for _ in 0..<2 {
            let found = try await Self.read(feed)
            try require(found == ["a", "b"], "all: \(found)")
        }
    }

    private func byID(_ bench: some FeedStoreBench) async throws {
        try await bench.put(Self.document("a") { $0.append("sent", bool: true) })
        try await bench.put(Self.document("b"))
        try await bench.put(Self.document("c", version: 2))
        let ids = ["c", "a", "x", "b"].map { BSONValue(string: $0) }
        let feed = try await bench.open(Self.plan(Self.byFlag))
        let found = try await feed.documents(withIDs: ids)
        try require(Set(found.texts) == ["b", "c"] && found.count == 2, "not flagged: \(found.texts)")
        let filter = [UInt8].document { $0.append("version", int64: 1) }
        let filtered = try await bench.open(Self.plan(.snapshot, filter: filter))
        let some = try await filtered.documents(withIDs: ids)
        try require(Set(some.texts) == ["a", "b"], "with a filter: \(some.texts)")
    }

    private func outOfOrder(_ bench: some FeedStoreBench) async throws {
        try await bench.put(Self.document("a", at: 1))
        try await bench.put(.document { $0.append("_id", string: "missing") })
        try await bench.put(
            .document { writer in
                writer.append("_id", string: "text")
                writer.append("lastUpdate", string: "2026-01-01")
            })
        let feed = try await bench.open(Self.plan(Self.byField))
        _ = try await Self.read(feed)
        let found = try await feed.documentsOutOfOrder(limit: 10) ?? []
        try require(
            Set(found) == [BSONValue(string: "missing"), BSONValue(string: "text")], "\(found.count) out of order")
        let one = try await feed.documentsOutOfOrder(limit: 1)
        try require(one?.count == 1, "a limit of one: \(one?.count as Any)")
    }

    // MARK: Changes

    private func changes(_ bench: some FeedStoreBench) async throws {
        let feed = try await bench.open(Self.plan(Self.byFlag, watches: true))
        guard let watch = feed.makeWatch() else { throw Broken("there are no changes") }
        try await bench.put(Self.document("before"))
        guard case .opened(let start) = try await watch.open(after: nil) else { throw Broken("it cannot begin") }
        try await bench.put(Self.document("a"))
        try await bench.put(Self.document("b"))
        try await bench.put(Self.document("a", version: 2))
        let (seen, _) = try await Self.follow(watch, until: ["a", "b"])
        try require(seen == ["a", "b"], "changes: \(seen)")

        // The feed's own marks are not changes.
        let lease = try await Self.take(try await bench.open())
        var settlement = FeedSettlement()
        _ = try await feed.beginReading(from: nil)
        settlement.flags = try await feed.nextDocuments(count: 100, bytes: 1 << 20)
        _ = try await feed.settle(settlement, lease: lease)
        try await bench.put(Self.document("c"))
        let (after, end) = try await Self.follow(watch, until: ["c"])
        try require(after == ["c"], "after its own marks: \(after)")
        let quiet = try await watch.next(atMost: .milliseconds(50))
        try require(quiet.ids.isEmpty, "changes that nobody made: \(quiet.ids.count)")

        // Another one goes on from a place.
        guard let other = feed.makeWatch() else { throw Broken("there are no changes") }
        guard case .opened = try await other.open(after: start) else {
            throw Broken("it cannot go on from its beginning")
        }
        let (again, _) = try await Self.follow(other, until: ["a", "b", "c"])
        try require(again == ["a", "b", "c"], "from the beginning: \(again)")
        guard case .opened = try await other.open(after: end) else { throw Broken("it cannot go on from a place") }
        try await bench.put(Self.document("d"))
        let (rest, _) = try await Self.follow(other, until: ["d"])
        try require(rest == ["d"], "from a place on: \(rest)")
        await watch.close()
        await other.close()
    }

    /// The ids reported until all of `ids` were among them, and the resume token behind them.
    private static func follow(
        _ watch: some FeedWatch, until ids: Set<String>
    ) async throws -> (seen: Set<String>, token: [UInt8]) {
        var seen: Set<String> = []
        for _ in 0..<100 {
            let changes = try await watch.next(atMost: .milliseconds(100))
            seen.formUnion(changes.ids.compactMap { $0.withElement { $0.text } })
            if seen.isSuperset(of: ids) { return (seen, changes.token) }
        }
        throw Broken("of \(ids.sorted()) only \(seen.sorted()) were reported")
    }

    private func lostPlace(_ bench: some FeedStoreBench) async throws {
        let feed = try await bench.open(Self.plan(Self.byFlag, watches: true))
        guard let watch = feed.makeWatch() else { throw Broken("there are no changes") }
        guard
            case .tokenLost(let reason) = try await watch.open(after: .document { $0.append("_data", string: "none") })
        else { throw Broken("it goes on from a place that there is not") }
        try require(!reason.isEmpty, "no reason is given")
        guard case .opened = try await watch.open(after: nil) else { throw Broken("it cannot begin anew") }
        try await bench.put(Self.document("a"))
        let (seen, _) = try await Self.follow(watch, until: ["a"])
        try require(seen == ["a"], "changes: \(seen)")
        await watch.close()
    }

    // MARK: Sharing

    private func sharing(_ bench: some FeedStoreBench) async throws {
        for number in 0..<40 { try await bench.put(Self.document("d\(100 + number)")) }
        let plan = Self.plan(Self.byFlag, isShared: true)
        let feeds = [try await bench.open(plan), try await bench.open(plan)]
        for feed in feeds { _ = try await feed.beginReading(from: nil) }
        var read: [String] = []
        var sequences: [BSONSequence] = []
        var isAtEnd = [false, false]
        while isAtEnd.contains(false) {
            for (index, feed) in feeds.enumerated() where !isAtEnd[index] {
                let some = try await feed.nextDocuments(count: 7, bytes: 1 << 20)
                isAtEnd[index] = some.isEmpty
                read += some.texts
                sequences.append(some)
            }
        }
        try require(read.count == 40 && Set(read).count == 40, "\(read.count) claims of \(Set(read).count) documents")
        let claimed = try await feeds[1].documents(withIDs: read.map { BSONValue(string: $0) })
        try require(claimed.isEmpty, "claimed twice: \(claimed.texts)")
        let lease = try await bench.open().share("limits")
        for flags in sequences {
            var settlement = FeedSettlement()
            settlement.flags = flags.withoutClaims
            let settled = try await feeds[0].settle(settlement, lease: lease)
            try require(settled.isOurs && settled.changed == 0, "marking claimed documents: \(settled)")
        }
        let documents = try await bench.documents()
        try require(
            documents.allSatisfy { $0.bsonValue("sent") != nil && $0.bsonValue(FeedPlan.claimField) == nil },
            "a document is not marked, or still claimed")
    }
}

extension BSONSequence {
    /// The `_id` of each document, where it is a text.
    var texts: [String] {
        (0..<count).compactMap { withDocument($0) { BSONElements($0).first(named: "_id")?.text } }
    }

    /// As they are published.
    fileprivate var withoutClaims: BSONSequence {
        BSONSequence((0..<count).map { withDocument($0) { Array($0) }.removing(FeedPlan.claimField) })
    }
}
