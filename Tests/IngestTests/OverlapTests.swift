import BSON
import Contracts
import DryRun
@testable import Ingest
import IngestTesting
import JSON
import Mappings
import Synchronization
import Testing

/// Two batches of a lane at work at once: never on the same record, durable in their order, and with the effect of one
/// after the other, whatever fails.
@Suite struct OverlapTests {
    private static func body(_ codes: [String], operation: String = "IU", name: String = "n") -> String {
        let items = codes.map { #"{"operation":"\#(operation)","code":"\#($0)","name":"\#(name)"}"# }
        return #"{"companyId":"c","catalog":"catalogBrand","items":[\#(items.joined(separator: ","))]}"#
    }

    private static func run(_ bodies: [String], on store: some Store, batchItems: Int) async -> HandSource {
        var limits = Limits()
        limits.batchItems = batchItems
        let source = HandSource()
        let route = Route(
            name: "test", sources: [source], lanes: [[store, store]], limits: limits, companies: [],
            catalogs: { Fixtures.catalogs }, environment: Fixtures.environment, observer: RecordingObserver(),
            sourceChanged: { _ in })
        source.deliver(bodies.enumerated().map { Fixtures.delivery($1, number: UInt64($0 + 1), messageId: "m\($0)") })
        source.stop()
        await route.run()
        return source
    }

    @Test func `batches on other records run side by side and commit in order`() async {
        let store = WatchedStore()
        let bodies = (0..<60).map { number in Self.body((0..<10).map { "\(number)-\($0)" }) }
        let source = await Self.run(bodies, on: store, batchItems: 10)
        #expect(source.acknowledged.last?.number == 60)
        #expect(store.mostAtOnce == 2)
        #expect(store.committed == (0..<60).map { ByteString("q||m\($0)") })
    }

    @Test func `batches on the same record never run side by side`() async {
        let store = WatchedStore()
        let bodies = (0..<60).map { number in Self.body(["shared"] + (0..<9).map { "\(number)-\($0)" }) }
        _ = await Self.run(bodies, on: store, batchItems: 10)
        #expect(store.mostAtOnce == 1)
        #expect(store.committed.count == 60)
    }

    @Test func `two deliveries of one message never run side by side`() async {
        let store = WatchedStore()
        var limits = Limits()
        limits.batchItems = 5
        let source = HandSource()
        let route = Route(
            name: "test", sources: [source], lanes: [[store, store]], limits: limits, companies: [],
            catalogs: { Fixtures.catalogs }, environment: Fixtures.environment, observer: RecordingObserver(),
            sourceChanged: { _ in })
        // Other records, so that only the ledger row is shared.
        source.deliver(
            (1...40).map { Fixtures.delivery(Self.body(["\($0)a", "\($0)b"]), number: $0, messageId: "same") })
        source.stop()
        await route.run()
        #expect(store.mostAtOnce == 1)
        #expect(store.inner.documents(in: "brand").keys.sorted() == ["c|1a", "c|1b"])
    }

    @Test("random messages on few keys, two at work, with faults: as one by one", arguments: 0..<60)
    func random(seed: UInt64) async throws {
        var generator = Seeded(seed)
        let store = WatchedStore()
        var model = ReferenceModel()
        var outcomes = OutcomeCounts()
        let keys = Int.random(in: 2...60, using: &generator)
        let bodies = (0..<Int.random(in: 20...80, using: &generator)).map { _ in
            let items = (0..<Int.random(in: 1...6, using: &generator)).map { _ in
                let operation = ["I", "U", "D", "IU"].randomElement(using: &generator) ?? "I"
                let code = "k\(Int.random(in: 0..<keys, using: &generator))"
                let name = "n\(Int.random(in: 0..<3, using: &generator))"
                let fields: ReferenceModel.Record = [
                    "code": .string(ByteString(code)), "name": .string(ByteString(name)),
                ]
                outcomes[model.apply(operation, id: ByteString("c|\(code)"), fields: fields, collection: "brand")] += 1
                return #"{"operation":"\#(operation)","code":"\#(code)","name":"\#(name)"}"#
            }
            return #"{"companyId":"c","catalog":"catalogBrand","items":[\#(items.joined(separator: ","))]}"#
        }
        // Fewer than a batch has tries, or its items would be refused.
        let faults: [FaultyStore.Fault] = [.unavailable, .unavailableAfterCommit, .raceLost, .unknown]
        store.inner.fail(
            with: (1..<Trouble.unknownTries).compactMap { _ in
                Bool.random(using: &generator) ? faults.randomElement(using: &generator) : nil
            })
        let source = await Self.run(bodies, on: store, batchItems: Int.random(in: 1...8, using: &generator))
        #expect(source.acknowledged.last?.number == UInt64(bodies.count))
        let stored = store.inner.documents(in: "brand").mapValues { ReferenceModel.Record(stored: $0) }
        #expect(stored == model.records["brand"] ?? [:])
        var settled = OutcomeCounts()
        for row in store.inner.documents(in: StoreCollections.ledger).values {
            settled += row.withUnsafeBytes { LedgerRow(bson: $0)?.outcomes } ?? OutcomeCounts()
        }
        #expect(settled == outcomes)
    }

    /// Message-ids that were used for another body make a batch look at the store once more, when the one behind it is planned
    /// already; refusals cut it into parts; a clock that goes back says nothing of the order.
    @Test(
        "what is posted is in the order of the messages, whatever fails and whatever the clock does", arguments: 0..<60)
    func postingOrder(seed: UInt64) async throws {
        var generator = Seeded(seed)
        let store = WatchedStore()
        let count = Int.random(in: 20...60, using: &generator)
        let deliveries = (0..<count).map { number in
            var properties = MessageProperties()
            let isReuse = number > 0 && generator.chance(0.2)
            properties.messageId = ByteString("m\(isReuse ? Int.random(in: 0..<number, using: &generator) : number)")
            properties.replyTo = ByteString("r\(number)")
            return Delivery(
                tag: DeliveryTag(channel: 1, number: UInt64(number + 1)), queue: "q",
                body: Array(Self.body((0..<10).map { "\(number)-\($0)" }).utf8), isRedelivered: false,
                properties: properties)
        }
        // Fewer than a batch has tries, or its items would be refused.
        let faults: [FaultyStore.Fault] = [.unavailable, .unavailableAfterCommit, .raceLost, .unknown]
        store.inner.fail(
            with: (1..<Trouble.unknownTries).compactMap { _ in
                Bool.random(using: &generator) ? faults.randomElement(using: &generator) : nil
            })
        store.inner.refuse(ByteString("c|\(count / 2)-3"))
        let now = Mutex((time: Fixtures.now, generator: generator))
        var environment = Fixtures.environment
        let clock = PostingClock(now: {
            now.withLock { state in
                state.time += Int64.random(in: -5000...5000, using: &state.generator)
                return state.time
            }
        })
        environment.stamp = { clock.next() }
        var limits = Limits()
        limits.batchItems = Int.random(in: 5...20, using: &generator)
        let source = HandSource()
        let route = Route(
            name: "test", sources: [source], lanes: [[store, store]], limits: limits, companies: [],
            catalogs: { Fixtures.catalogs }, environment: environment, observer: RecordingObserver(),
            sourceChanged: { _ in })
        source.deliver(deliveries)
        source.stop()
        await route.run()
        let rows = store.inner.documents(in: StoreCollections.postings).sorted { $0.key < $1.key }.compactMap { row in
            row.value.withUnsafeBytes { PostingRow(bson: $0) }
        }
        #expect(rows.map(\.target) == (0..<count).map { .amqp(exchange: "", routingKey: "r\($0)") })
        #expect(Set(rows.map(\.messageId)).count == count)
    }

    @Test func `a batch behind one that the store refuses gives way and keeps its place`() async {
        let store = WatchedStore()
        store.inner.refuse("c|3-0")
        let bodies = (0..<20).map { number in Self.body((0..<10).map { "\(number)-\($0)" }) }
        let source = await Self.run(bodies, on: store, batchItems: 10)
        #expect(source.acknowledged.last?.number == 20)
        #expect(store.inner.documents(in: "brand").count == 199)
        let order = store.committed.reduce(into: [ByteString]()) { if $0.last != $1 { $0.append($1) } }
        #expect(order == (0..<20).map { ByteString("q||m\($0)") })
    }
}

extension OverlapTests {
    /// The items of the first batch free what those of the second one take.
    @Test func `a value that the open batch before it frees is no reason for a dead letter`() async {
        let store = UniqueNames()
        for number in 0..<10 { store.put(code: "u\(number)", name: "taken\(number)") }
        func body(_ operation: String, _ code: String, _ name: String) -> String {
            let items = (0..<10).map {
                #"{"operation":"\#(operation)","code":"\#(code)\#($0)","name":"\#(name)\#($0)"}"#
            }
            return #"{"companyId":"c","catalog":"catalogBrand","items":[\#(items.joined(separator: ","))]}"#
        }
        let source = await Self.run([body("U", "u", "free"), body("I", "n", "taken")], on: store, batchItems: 10)
        #expect(source.acknowledged.last?.number == 2)
        #expect(store.refusals > 0, "the batches did not meet")
        #expect(store.inner.documents(in: StoreCollections.deadLetters).isEmpty)
        #expect(store.inner.documents(in: "brand").count == 20)
    }

    @Test func `a value that is taken is a dead letter all the same`() async {
        let store = UniqueNames()
        store.put(code: "u", name: "taken")
        let other = (0..<10).map { Self.body(["u\($0)"], operation: "I", name: "n\($0)") }
        let source = await Self.run(
            other + [Self.body(["n"], operation: "I", name: "taken")], on: store, batchItems: 10)
        #expect(source.acknowledged.last?.number == 11)
        #expect(store.inner.documents(in: StoreCollections.deadLetters).count == 1)
        #expect(store.inner.documents(in: "brand").count == 11)
    }
}

/// A store in memory with a unique index on `name`, checked as a server does: when the write is made, against what
/// is committed, and so before the batch has its turn.
private final class UniqueNames: Store {
    let inner = FaultyStore()
    private let count = Mutex((looks: 0, refusals: 0))

    var refusals: Int { count.withLock { $0.refusals } }

    func put(code: String, name: String) {
        inner.put(
            .document { record in
                record.append("_id", string: "c|\(code)")
                record.append("companyId", string: "c")
                record.append("code", string: code)
                record.append("name", string: name)
            }, in: "brand")
    }

    func settle<Result: Sendable>(
        _ reads: StoreReads, turn: CommitTurn, plan: @Sendable (StoreSnapshot) -> (writes: StoreWrites, result: Result)
    ) async throws(StoreError) -> Result {
        let stored = inner.documents(in: "brand")
        var snapshot = StoreSnapshot(ledger: BSONSequence(), records: [])
        for (_, ids) in reads.records {
            var found = BSONSequence()
            for id in ids { stored[id]?.withUnsafeBytes { found.append(copying: $0) } }
            snapshot.records.append(found)
        }
        let taken = Set(stored.values.compactMap { Self.name(of: $0) })
        for writes in plan(snapshot).writes.collections where writes.collection == "brand" {
            for index in 0..<writes.inserts.count {
                let name = writes.inserts.withDocument(index) { Self.name(of: Array($0)) }
                guard let name, taken.contains(name) else { continue }
                count.withLock { count in
                    count.looks += 1
                    count.refusals += 1
                }
                throw StoreError(kind: .refused, code: 11000, message: "the name is taken", isContention: true)
            }
        }
        // Open until another one has looked too, where there is one.
        let looks = count.withLock { count in
            count.looks += 1
            return count.looks
        }
        for _ in 0..<2_000 where count.withLock({ $0.looks }) == looks { await Task.yield() }
        return try await inner.settle(reads, turn: turn, plan: plan)
    }

    private static func name(of document: [UInt8]) -> String? {
        document.withUnsafeBytes { BSONElements($0).first(named: "name")?.text }
    }
}

/// A store in memory that holds each batch for a while before it asks for its turn, and watches how many there are and in
/// which order they commit.
private final class WatchedStore: Store {
    let inner = FaultyStore()
    private let state = Mutex((now: 0, most: 0, committed: [ByteString]()))

    var mostAtOnce: Int { state.withLock { $0.most } }
    /// Ledger ids of the batches as they committed.
    var committed: [ByteString] { state.withLock { $0.committed } }

    func settle<Result: Sendable>(
        _ reads: StoreReads, turn: CommitTurn, plan: @Sendable (StoreSnapshot) -> (writes: StoreWrites, result: Result)
    ) async throws(StoreError) -> Result {
        state.withLock { state in
            state.now += 1
            state.most = max(state.most, state.now)
        }
        defer { state.withLock { $0.now -= 1 } }
        for _ in 0..<50 { await Task.yield() }
        let result = try await inner.settle(reads, turn: turn, plan: plan)
        state.withLock { $0.committed += reads.ledger }
        return result
    }
}
