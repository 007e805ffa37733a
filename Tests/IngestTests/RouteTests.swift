import BSON
import Contracts
@testable import Ingest
import IngestTesting
import JSON
import Mappings
import Schemas
import Synchronization
import Testing

/// The route from deliveries to acknowledgements on a store in memory that fails in every way a real one does.
@Suite struct RouteTests {
    private func run(
        _ deliveries: [Delivery], stores: [FaultyStore], limits: Limits = Limits(),
        observer: RecordingObserver = RecordingObserver()
    ) async -> HandSource {
        let source = HandSource()
        let route = Route(
            name: "test", sources: [source], lanes: stores.map { [$0, $0] }, limits: limits, companies: [],
            catalogs: { Fixtures.catalogs }, environment: Fixtures.environment, observer: observer,
            sourceChanged: { _ in })
        source.deliver(deliveries)
        source.stop()
        await route.run()
        return source
    }

    private func brands(_ codes: [String], operation: String = "I") -> String {
        let items = codes.map { #"{"operation":"\#(operation)","code":"\#($0)","name":"n\#($0)"}"# }
        return #"{"companyId":"c","catalog":"catalogBrand","items":[\#(items.joined(separator: ","))]}"#
    }

    private func ledger(_ store: FaultyStore, _ id: String) -> LedgerRow? {
        store.documents(in: StoreCollections.ledger)[ByteString(id)].flatMap { bytes in
            bytes.withUnsafeBytes { LedgerRow(bson: $0) }
        }
    }

    private func deadLetters(_ store: FaultyStore) -> [[UInt8]] {
        Array(store.documents(in: StoreCollections.deadLetters).values)
    }

    private func reasonCodes(_ letter: [UInt8]) -> [String] {
        letter.withUnsafeBytes { bytes in
            (BSONElements(bytes).first(named: "reasons")?.elements).map { reasons in
                reasons.compactMap { $0.elements?.first(named: "code")?.text }
            } ?? []
        }
    }

    @Test func `everything is acknowledged once it is settled`() async {
        let store = FaultyStore()
        let source = await run(
            (1...5).map { Fixtures.delivery(brands(["\($0)"]), number: $0, messageId: "m\($0)") }, stores: [store])
        #expect(source.acknowledged.last == DeliveryTag(channel: 1, number: 5))
        #expect(store.documents(in: "brand").count == 5)
    }

    @Test(
        "whatever fails and whenever, the effect is that of one clean run",
        arguments: [
            [FaultyStore.Fault.unavailable], [.unavailableAfterCommit], [.raceLost],
            [.unknown, .unknown, .unknown, .unknown],
            [.unavailable, .unavailableAfterCommit, .unavailable, .raceLost],
        ])
    func faults(faults: [FaultyStore.Fault]) async {
        let store = FaultyStore()
        store.fail(with: faults)
        let observer = RecordingObserver()
        let bodies = [
            brands(["a", "b"]), brands(["b"], operation: "D"), brands(["b", "a"], operation: "IU"), "no json",
        ]
        let source = await run(
            bodies.enumerated().map { Fixtures.delivery($1, number: UInt64($0 + 1), messageId: "m\($0)") },
            stores: [store], observer: observer)
        #expect(source.acknowledged.last?.number == 4)
        #expect(store.documents(in: "brand").count == 2)
        #expect(ledger(store, "q||m0")?.outcomes[.inserted] == 2)
        #expect(ledger(store, "q||m1")?.outcomes[.deleted] == 1)
        #expect(ledger(store, "q||m2")?.outcomes[.inserted] == 1)
        #expect(ledger(store, "q||m2")?.outcomes[.unchanged] == 1)
        #expect(deadLetters(store).count == 1)
        #expect(observer.errors.count == faults.filter { if case .raceLost = $0 { false } else { true } }.count)
    }

    @Test func `a record that the store refuses becomes a dead letter, its neighbours are applied`() async {
        let store = FaultyStore()
        store.refuse("c|7")
        store.refuse("c|40")
        let source = await run(
            [Fixtures.delivery(brands((0..<64).map { "\($0)" }), messageId: "m")], stores: [store])
        #expect(source.acknowledged.last?.number == 1)
        #expect(store.documents(in: "brand").count == 62)
        let row = ledger(store, "q||m")
        #expect(row?.outcomes[.inserted] == 62)
        #expect(row?.outcomes[.rejected] == 2)
        #expect(deadLetters(store).flatMap(reasonCodes) == ["storeRefused", "storeRefused"])
    }

    @Test func `a dead letter that the store refuses is made smaller, then waited for, and told; then all goes on`()
        async
    {
        let store = FaultyStore()
        // The two together; the first one by itself, and with its payload in parts; after a wait the same again; after
        // another one by itself.
        store.fail(with: [FaultyStore.Fault](repeating: .refused, count: 6))
        let observer = RecordingObserver()
        let source = await run(
            [
                Fixtures.delivery("no json", number: 1, messageId: "m1"),
                Fixtures.delivery(brands(["a"]), number: 2, messageId: "m2"),
            ], stores: [store], observer: observer)
        #expect(source.acknowledged.last?.number == 2)
        #expect(deadLetters(store).flatMap(reasonCodes) == ["notJson"])
        #expect(store.documents(in: StoreCollections.deadLetterParts).count == 1)
        #expect(ledger(store, "q||m2")?.outcomes[.inserted] == 1)
        #expect(observer.errors.count == 2)
        #expect(observer.errors.allSatisfy { $0.message.contains("the broker keeps its messages") })
        #expect(observer.settled.map { $0.batch.segments.count } == [1, 1], "in their order, one by one")
    }

    @Test(
        "one collection that takes nothing: its items are dead letters with the remedy, the others are applied",
        arguments: [
            StoreError(kind: .refused, code: 166, message: "'brand' is a view", collection: "brand"),
            StoreError(kind: .unknown, code: 54_321, message: "nobody knows"),
            StoreError(kind: .unknown, code: 54_321, message: "nobody knows", collection: "brand"),
        ])
    func brokenCollection(error: StoreError) async {
        let store = FaultyStore()
        store.fail("brand", with: error)
        let observer = RecordingObserver()
        let zone = #"{"companyId":"c","catalog":"catalogZone","items":[{"operation":"I","code":"z","name":"n"}]}"#
        let source = await run(
            [
                Fixtures.delivery(zone, number: 1, messageId: "m1"),
                Fixtures.delivery(brands((0..<9).map { "\($0)" }), number: 2, messageId: "m2"),
                Fixtures.delivery(brands(["a"], operation: "D"), number: 3, messageId: "m3"),
            ], stores: [store], observer: observer)
        #expect(source.acknowledged.last?.number == 3)
        #expect(store.documents(in: "zone").count == 1 && store.documents(in: "brand").isEmpty)
        #expect(ledger(store, "q||m2")?.outcomes[.rejected] == 9)
        #expect(ledger(store, "q||m3")?.outcomes[.rejected] == 1)
        let letters = deadLetters(store)
        #expect(letters.flatMap(reasonCodes) == [String](repeating: "storeRefused", count: 10))
        let texts = letters.flatMap { letter in
            letter.withUnsafeBytes { bytes in
                BSONElements(bytes).first(named: "reasons")?.elements.map { reasons in
                    reasons.compactMap { $0.elements?.first(named: "text")?.text }
                } ?? []
            }
        }
        #expect(texts.allSatisfy { $0 == error.message })
        if error.collection != nil { #expect(letters.count == 2, "each message's items together") }
        #expect(observer.errors.count <= 3 * Trouble.unknownTries, "so many for each batch")
    }

    @Test func `an error that nobody knows and that passes leaves no dead letter`() async {
        let store = FaultyStore()
        store.fail(with: [FaultyStore.Fault](repeating: .unknown, count: 7))
        let source = await run([Fixtures.delivery(brands(["a", "b"]), messageId: "m")], stores: [store])
        #expect(source.acknowledged.last?.number == 1)
        #expect(deadLetters(store).isEmpty && store.documents(in: "brand").count == 2)
    }

    @Test
    func
        `an error that nobody knows and that lasts in the gateway's own collections holds the lane, and no item is blamed`()
        async
    {
        let store = FaultyStore()
        store.fail(StoreCollections.ledger, with: StoreError(kind: .unknown, code: 54_321, message: "nobody knows"))
        let observer = RecordingObserver()
        let source = HandSource()
        let route = Route(
            name: "test", sources: [source], lanes: [[store, store]], limits: Limits(), companies: [],
            catalogs: { Fixtures.catalogs }, environment: Fixtures.environment, observer: observer,
            sourceChanged: { _ in })
        source.deliver([Fixtures.delivery(brands(["a", "b", "c"]), messageId: "m")])
        source.stop()
        async let running: Void = route.run()
        while !observer.errors.contains(where: { $0.message.contains("dead letter of it is refused") }) {
            await Task.yield()
        }
        store.fail(StoreCollections.ledger, with: nil)
        await running
        #expect(source.acknowledged.last?.number == 1)
        #expect(ledger(store, "q||m")?.outcomes[.inserted] == 3)
        #expect(deadLetters(store).isEmpty)
    }

    @Test func `a commit that nobody heard of is no second one, however small the batch has become since`() async {
        let store = FaultyStore()
        // Equal messages without an id: each is meant once.
        store.fail(with: [.unavailableAfterCommit] + [FaultyStore.Fault](repeating: .refused, count: 2))
        let body = #"{"companyId":"c","catalog":"catalogBrand","items":[{"operation":"I","code":"a","name":"n"},7]}"#
        let source = await run(
            [Fixtures.delivery(body, number: 1), Fixtures.delivery(brands(["b"]), number: 2)], stores: [store])
        #expect(source.acknowledged.last?.number == 2)
        #expect(deadLetters(store).count == 1)
        #expect(store.documents(in: "brand").count == 2)
    }

    @Test func `a message larger than a batch is settled in parts, and a redelivered one goes on where it stopped`()
        async
    {
        let store = FaultyStore()
        var limits = Limits()
        limits.batchItems = 10
        let body = brands((0..<95).map { "\($0)" })
        // The seventh transaction and all after it fail until the run is cancelled: as a crash in the middle leaves it.
        let source = HandSource()
        let route = Route(
            name: "test", sources: [source], lanes: [[store, store]], limits: limits, companies: [],
            catalogs: { Fixtures.catalogs }, environment: Fixtures.environment, observer: RecordingObserver(),
            sourceChanged: { _ in })
        let failing = Task { await route.run() }
        source.deliver([Fixtures.delivery(body, messageId: "m")])
        while store.settles < 4 { await Task.yield() }
        failing.cancel()
        await failing.value
        let settled = ledger(store, "q||m")?.settled ?? 0
        #expect(settled >= 40)

        let again = await run(
            [Fixtures.delivery(body, channel: 2, messageId: "m", redelivered: true)], stores: [store], limits: limits)
        #expect(again.acknowledged.last == DeliveryTag(channel: 2, number: 1))
        let row = ledger(store, "q||m")
        #expect(row?.settled == 95)
        #expect(row?.outcomes[.inserted] == 95)
        #expect(row?.outcomes.total == 95)
        #expect(store.documents(in: "brand").count == 95)
    }

    @Test func `the same id twice has one effect; another body under it is a dead letter, once`() async {
        let store = FaultyStore()
        let bodies = [brands(["a"]), brands(["a"]), brands(["b"]), brands(["b"])]
        let observer = RecordingObserver()
        _ = await run(
            bodies.enumerated().map { Fixtures.delivery($1, number: UInt64($0 + 1), messageId: "m") }, stores: [store],
            observer: observer)
        #expect(store.documents(in: "brand").keys.sorted() == ["c|a"])
        #expect(deadLetters(store).map(reasonCodes) == [["messageIdReuse"]])
        let kinds = observer.settled.flatMap(\.result.segments).map(\.kind)
        #expect(kinds == [.applied, .duplicate, .deadLettered, .duplicate])
    }

    @Test func `without an id, equal messages are both meant unless the broker says redelivered`() async {
        let store = FaultyStore()
        let observer = RecordingObserver()
        let body = brands(["a"], operation: "IU")
        _ = await run(
            [
                Fixtures.delivery(body, number: 1), Fixtures.delivery(body, number: 2),
                Fixtures.delivery(body, number: 3, redelivered: true),
            ], stores: [store], observer: observer)
        #expect(observer.settled.flatMap(\.result.segments).map(\.kind) == [.applied, .applied, .duplicate])
    }

    @Test
    func `without an id, a commit whose answer is lost has one effect, also where equal messages are in one batch`()
        async
    {
        let store = FaultyStore()
        store.fail(with: [.unavailableAfterCommit, .unavailable])
        let body = #"{"companyId":"c","catalog":"catalogBrand","items":[{"operation":"I","code":"a","name":"n"},7]}"#
        let observer = RecordingObserver()
        let source = await run(
            [Fixtures.delivery(body, number: 1), Fixtures.delivery(body, number: 2)], stores: [store],
            observer: observer)
        #expect(source.acknowledged.last?.number == 2)
        #expect(observer.errors.count == 2)
        #expect(deadLetters(store).count == 2)
        let rows = store.documents(in: StoreCollections.ledger).values.compactMap { bytes in
            bytes.withUnsafeBytes { LedgerRow(bson: $0) }
        }
        #expect(rows.map { $0.outcomes[.unchanged] } == [1])
        #expect(rows.map { $0.outcomes[.rejected] } == [1])

        // Sent once more, they are meant once more.
        _ = await run([Fixtures.delivery(body, number: 1)], stores: [store])
        #expect(deadLetters(store).count == 3)
    }

    @Test func `a bound on bytes in flight lets everything through, even what is larger than it`() async {
        let store = FaultyStore()
        var limits = Limits()
        limits.inFlightBytes = 200
        let bodies = (1...60).map { number in brands((0..<(number % 7 + 1)).map { "\(number)-\($0)" }) }
        let source = await run(
            bodies.enumerated().map { Fixtures.delivery($1, number: UInt64($0 + 1), messageId: "m\($0)") },
            stores: [store, store], limits: limits)
        #expect(source.acknowledged.last?.number == 60)
        #expect(
            store.documents(in: "brand").count == bodies.reduce(0) { $0 + $1.split(separator: "operation").count - 1 })
    }

    @Test func `a catalog that cannot be looked up now is waited for, never taken for an unknown one`() async {
        let store = FaultyStore()
        let source = HandSource()
        let asked = Atomic(0)
        let route = Route(
            name: "test", sources: [source], lanes: [[store, store]], limits: Limits(), companies: [],
            catalogs: { asked.load(ordering: .relaxed) < 3 ? Catalogs([]) : Fixtures.catalogs },
            refreshCatalogs: { asked.add(1, ordering: .relaxed).newValue < 3 ? .unavailable : .changed },
            environment: Fixtures.environment, observer: RecordingObserver(), sourceChanged: { _ in })
        source.deliver([Fixtures.delivery(brands(["a"]), messageId: "m")])
        source.stop()
        await route.run()
        #expect(store.documents(in: "brand").count == 1)
        #expect(deadLetters(store).isEmpty)
    }

    @Test func `a catalog that will not be looked up any more leaves its message with the broker`() async {
        let store = FaultyStore()
        let source = HandSource()
        let route = Route(
            name: "test", sources: [source], lanes: [[store, store]], limits: Limits(), companies: [],
            catalogs: { Catalogs([]) }, refreshCatalogs: { .ended }, environment: Fixtures.environment,
            observer: RecordingObserver(), sourceChanged: { _ in })
        source.deliver([Fixtures.delivery(brands(["a"]), messageId: "m")])
        source.stop()
        await route.run()
        #expect(source.acknowledged.isEmpty)
        #expect(deadLetters(store).isEmpty)
    }

    @Test func `order holds within a company and catalog over several lanes`() async {
        let store = FaultyStore()
        var deliveries: [Delivery] = []
        for number in 1...300 as ClosedRange<UInt64> {
            let catalog = ["catalogBrand", "catalogZone", "catalogBank"][Int(number % 2)]
            let body =
                #"{"companyId":"c","catalog":"\#(catalog)","items":[{"operation":"IU","code":"k","name":"\#(number)"}]}"#
            deliveries.append(Fixtures.delivery(body, number: number, messageId: "m\(number)"))
        }
        let source = await run(deliveries, stores: [store, store, store])
        #expect(source.acknowledged.last?.number == 300)
        #expect(source.acknowledged == source.acknowledged.sorted())
        for (collection, last) in [("zone", "299"), ("brand", "300")] {
            let name = store.documents(in: collection)["c|k"]?.withUnsafeBytes {
                BSONElements($0).first(named: "name")?.text
            }
            #expect(name == last)
        }
    }
}

extension SegmentResult.Kind: CustomTestStringConvertible {
    public var testDescription: String { "\(self)" }
}
