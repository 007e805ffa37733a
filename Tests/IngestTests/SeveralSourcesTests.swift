import Contracts
@testable import Ingest
import IngestTesting
import JSON
import Testing

/// A route with several sources: each has an order and acknowledgements of its own.
@Suite struct SeveralSourcesTests {
    private static func body(_ code: String, name: String) -> String {
        #"{"companyId":"c","catalog":"catalogBrand","items":[{"operation":"IU","code":"\#(code)","name":"\#(name)"}]}"#
    }

    private static func run(
        _ sources: [HandSource], on store: FaultyStore, lanes: Int = 2, batchItems: Int = 7
    ) async {
        var limits = Limits()
        limits.batchItems = batchItems
        limits.inFlightBytes = 600
        await Route(
            name: "test", sources: sources, lanes: (0..<lanes).map { _ in [store, store] }, limits: limits,
            companies: [],
            catalogs: { Fixtures.catalogs }, environment: Fixtures.environment, observer: RecordingObserver(),
            sourceChanged: { _ in }
        ).run()
    }

    @Test("each source's messages take effect in its order and are acknowledged on its channel", arguments: 1...4)
    func orders(count: Int) async {
        let store = FaultyStore()
        store.fail(with: [.unavailable, .raceLost, .unavailableAfterCommit, .unknown])
        let sources = (0..<count).map { _ in HandSource() }
        for (index, source) in sources.enumerated() {
            for number in 1...50 {
                source.deliver([
                    Fixtures.delivery(
                        Self.body("s\(index)", name: "\(number)"), number: UInt64(number), channel: UInt64(index + 1),
                        messageId: "\(index)-\(number)")
                ])
            }
            source.stop()
        }
        await Self.run(sources, on: store)
        for (index, source) in sources.enumerated() {
            #expect(source.acknowledged.last == DeliveryTag(channel: UInt64(index + 1), number: 50))
            #expect(source.acknowledged == source.acknowledged.sorted())
            #expect(source.acknowledged.allSatisfy { $0.channel == UInt64(index + 1) })
        }
        let brands = store.documents(in: "brand")
        #expect(brands.count == count)
        // The last one of each is what is there.
        #expect(brands.values.allSatisfy { String(decoding: $0, as: UTF8.self).contains("50") })
    }

    @Test("sources that count alike are acknowledged apart, and reject their own items", arguments: [1, 7, 100])
    func sameTags(batchItems: Int) async {
        let store = FaultyStore()
        store.fail(with: [.unavailable, .raceLost, .unavailableAfterCommit, .unknown])
        let sources = (0..<3).map { _ in HandSource() }
        for (index, source) in sources.enumerated() {
            for number in 1...(10 * (index + 1)) {
                // Every third one has no name, which its catalog requires.
                let body =
                    number.isMultiple(of: 3)
                    ? #"{"companyId":"c","catalog":"catalogBrand","items":[{"operation":"I","code":"s\#(index)-\#(number)"}]}"#
                    : Self.body("s\(index)-\(number)", name: "n")
                source.deliver([
                    Fixtures.delivery(body, number: UInt64(number), channel: 1, messageId: "\(index)-\(number)")
                ])
            }
            source.stop()
        }
        await Self.run(sources, on: store, batchItems: batchItems)
        var (taken, rejected) = (0, 0)
        for (index, source) in sources.enumerated() {
            let count = 10 * (index + 1)
            (taken, rejected) = (taken + count - count / 3, rejected + count / 3)
            #expect(source.acknowledged.last == DeliveryTag(channel: 1, number: UInt64(count)))
            #expect(source.acknowledged == source.acknowledged.sorted())
        }
        #expect(store.documents(in: "brand").count == taken)
        #expect(store.documents(in: StoreCollections.deadLetters).count == rejected)
    }

    @Test func `a source that has ended holds up no other, and the route ends with the last`() async {
        let store = FaultyStore()
        let (short, long) = (HandSource(), HandSource())
        short.stop()
        let running = Task { await Self.run([short, long], on: store) }
        for number in 1...20 {
            long.deliver([
                Fixtures.delivery(Self.body("\(number)", name: "n"), number: UInt64(number), channel: 2)
            ])
            while long.acknowledged.last?.number != UInt64(number) { await Task.yield() }
        }
        long.stop()
        await running.value
        #expect(store.documents(in: "brand").count == 20)
    }

    @Test func `the route ends when it is cancelled while several sources wait for room`() async {
        let store = FaultyStore()
        store.fail(with: Array(repeating: .unavailable, count: 1_000_000))
        let sources = (0..<3).map { _ in HandSource() }
        for (index, source) in sources.enumerated() {
            source.deliver(
                (1...40).map { number in
                    Fixtures.delivery(
                        Self.body("\(number)", name: String(repeating: "x", count: 200)), number: UInt64(number),
                        channel: UInt64(index + 1))
                })
        }
        let running = Task { await Self.run(sources, on: store) }
        while store.settles < 3 { await Task.yield() }
        running.cancel()
        await running.value
        #expect(sources.allSatisfy { $0.acknowledged.isEmpty })
    }
}
