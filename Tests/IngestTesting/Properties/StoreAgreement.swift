internal import Contracts
internal import DryRun
internal import Ingest
internal import JSON
internal import BSON

/// What a rehearsal says on the store in memory is what happens on another store: outcomes, records with types and the
/// order of their fields, dead letters and postings.
package struct StoreAgreement {
    package struct Disagreement: Error, CustomStringConvertible {
        package let description: String
    }

    private let now: Int64
    private let memory = InMemoryStore()
    /// Another one, on which items are settled one after the other.
    private let single = InMemoryStore()
    private var count: UInt64 = 0
    /// Number of items settled so far.
    package private(set) var items = 0

    /// `now`: milliseconds since 1970; old rows of the ledger would expire on a server.
    package init(now: Int64) { self.now = now }

    /// Settles the messages that belong to the seeds on both stores and compares. The bench's database is empty.
    package mutating func check(seeds: Range<UInt64>, on bench: some StoreBench) async throws {
        let real = try await bench.open()
        for seed in seeds {
            var random = Seeded(seed)
            let series = RandomMessage.series(using: &random)
            var start = 0
            while start < series.count {
                // Now and then several in one batch.
                let end = random.chance(0.4) ? Int.random(in: start + 1...series.count, using: &random) : start + 1
                let messages = series[start..<end].map { prepare($0, seed: seed, using: &random) }
                start = end
                try await settle(messages, on: real, "seed \(seed)")
            }
            if seed % 25 == 24 || seed == seeds.upperBound - 1 { try await compare(bench, "seed \(seed)") }
        }
    }

    private mutating func prepare(_ message: RandomMessage, seed: UInt64, using random: inout Seeded) -> PreparedMessage
    {
        count += 1
        var properties = MessageProperties()
        properties.messageId = message.id.map { ByteString("\(seed) \($0)") }
        if random.chance(0.3) { properties.replyTo = "answers" }
        let delivery = Delivery(
            tag: DeliveryTag(channel: 1, number: count), queue: "q", body: message.body, isRedelivered: false,
            properties: properties)
        let decoded = MessageDecoder(limits: Limits()).decode(delivery, catalogs: Fixtures.catalogs, now: now)
        return ItemPreparer(limits: Limits()).prepare(decoded)
    }

    private mutating func settle(_ messages: [PreparedMessage], on real: some Store, _ name: String) async throws {
        let segments = messages.map { Segment(message: $0, range: 0..<$0.items.count) }
        count += 1
        let wanted = try await settle(Batch(segments: segments), on: memory, "results", number: count)
        let found = try await settle(Batch(segments: segments), on: real, "results", number: count)
        guard wanted == found else {
            throw Disagreement(description: "\(name): \(found) on the store, \(wanted) in memory")
        }
        items += wanted.reduce(0) { $0 + $1.count }
        // As `gateway plan` does it.
        var alone: [[Outcome?]] = []
        for segment in segments {
            var outcomes: [Outcome?] = []
            let parts = segment.range.isEmpty ? [segment.range] : segment.range.map { $0..<$0 + 1 }
            for part in parts {
                count += 1
                let one = Batch(segments: [Segment(message: segment.message, range: part)])
                outcomes += try await settle(one, on: single, "results", number: count)[0]
            }
            alone.append(outcomes)
        }
        // A message that is known already has no outcomes at all.
        for (own, other) in zip(alone, wanted) where own.compactMap(\.self) != other.compactMap(\.self) {
            throw Disagreement(description: "\(name): \(own) one by one, \(other) at once")
        }
    }

    /// The outcomes of each segment.
    private func settle(
        _ batch: Batch, on store: some Store, _ queue: String, number: UInt64
    ) async throws(StoreError) -> [[Outcome?]] {
        var batch = batch
        while true {
            let plan = BatchPlan(
                batch,
                context: PlanContext(
                    route: "test", now: now, seed: number << 24, resultQueue: queue,
                    stamp: PostingStamp(milliseconds: now, count: UInt32(truncatingIfNeeded: number), process: 0)))
            let result = try await store.settle(plan.reads) { plan.plan($0) }
            guard result.isUndecided else { return result.segments.map(\.outcomes) }
            batch.furtherLedgerIDs += result.missingLedgerIDs
            batch.confirmed.merge(result.doubtful) { $1 }
        }
    }

    private func compare(_ bench: some StoreBench, _ name: String) async throws {
        let records = RandomCatalog.allCases.map(\.collection)
        for collection in records + [StoreCollections.deadLetters, StoreCollections.postings] {
            let wanted = memory.documents(in: collection)
            let found = try await bench.documents(in: collection)
            for id in Set(wanted.keys).union(found.keys) where wanted[id] != found[id] {
                throw Disagreement(
                    description: "\(name): \(collection) \(id): \(Self.text(found[id])) on the store,"
                        + " \(Self.text(wanted[id])) in memory")
            }
        }
        for collection in records {
            let (wanted, found) = (memory.documents(in: collection), single.documents(in: collection))
            for id in Set(wanted.keys).union(found.keys)
            where !Self.areEqual(wanted[id], found[id]) {
                throw Disagreement(
                    description: "\(name): \(collection) \(id): \(Self.text(found[id])) one by one,"
                        + " \(Self.text(wanted[id])) at once")
            }
        }
    }

    private static func text(_ document: [UInt8]?) -> String {
        document.map { $0.withUnsafeBytes { BSONText.text(document: $0) } } ?? "nothing"
    }

    /// By value and in any order: 1.5 that became 2 and 1.50 stays 1.5 where nothing was stored in between.
    private static func areEqual(_ a: [UInt8]?, _ b: [UInt8]?) -> Bool {
        guard let a, let b else { return a == nil && b == nil }
        return a.withUnsafeBytes { a in
            b.withUnsafeBytes { BSONEquality.areEqual(BSONElements(a), BSONElements($0)) }
        }
    }
}
