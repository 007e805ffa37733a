import BSON
import Contracts
import DryRun
@testable import Ingest
import IngestTesting
import JSON
import Synchronization
import Testing

/// Messages of more items than a batch: prepared part by part, and settled as they would be at once.
@Suite struct LongMessageTests {
    /// Small enough that every message is read window by window.
    private static var limits: Limits {
        var limits = Limits()
        limits.wholeBytes = 0
        limits.batchItems = 10
        limits.windowNodes = 64
        return limits
    }

    private static func settle(
        _ body: String, limits: Limits, replyTo: ByteString? = nil, versionField: String? = nil
    ) async -> (store: InMemoryStore, observer: RecordingObserver) {
        let store = InMemoryStore()
        let observer = RecordingObserver()
        let source = HandSource()
        var properties = MessageProperties()
        properties.messageId = "m"
        properties.replyTo = replyTo
        source.deliver([
            Delivery(
                tag: DeliveryTag(channel: 1, number: 1), queue: "q", body: Array(body.utf8), isRedelivered: false,
                properties: properties)
        ])
        source.stop()
        await Route(
            name: "test", sources: [source], lanes: [[store, store]], limits: limits, companies: [],
            versionField: versionField, catalogs: { Fixtures.catalogs }, environment: Fixtures.environment,
            observer: observer, sourceChanged: { _ in }
        ).run()
        #expect(source.acknowledged.last?.number == 1)
        return (store, observer)
    }

    private static func body(_ items: [String], params: String = #"{"p":1}"#) -> String {
        #"{"companyId":"c","params":\#(params),"catalog":"catalogBrand","items":[\#(items.joined(separator: ", "))]}"#
    }

    private static let mixed = (0..<500).map { number in
        number % 7 == 3
            ? #"{"operation":"I","code":"c\#(number)"}"# : #"{"operation":"I","code":"c\#(number)","name":"n"}"#
    }

    @Test func `records, dead letters and the ledger are those of a message that is prepared at once`() async throws {
        let (store, _) = await Self.settle(Self.body(Self.mixed), limits: Self.limits)
        var whole = Limits()
        whole.batchItems = 10
        let (other, _) = await Self.settle(Self.body(Self.mixed), limits: whole)
        #expect(store.documents(in: "brand").count == 429)
        #expect(store.documents(in: "brand") == other.documents(in: "brand"))
        let row = store.documents(in: StoreCollections.ledger).values.first?.withUnsafeBytes { LedgerRow(bson: $0) }
        #expect(
            row == other.documents(in: StoreCollections.ledger).values.first?.withUnsafeBytes { LedgerRow(bson: $0) })
        #expect(row?.items == 500 && row?.settled == 500 && row?.outcomes[.rejected] == 71)
        #expect(Self.reasons(store).count == 71)
        #expect(Self.reasons(store) == Self.reasons(other))
        #expect(Self.letters(store).contains { $0.contains(#""params":{"p":1}"#) && $0.contains(#""code":"c17""#) })
    }

    /// Each dead letter's message and reasons.
    private static func letters(_ store: InMemoryStore) -> Set<String> {
        Set(
            store.documents(in: StoreCollections.deadLetters).values.map { bytes in
                let text = bytes.withUnsafeBytes { BSONText.text(document: $0) }
                let parts = try? JSONParser().parse(text).withRoot { root in
                    ["message", "reasons"].map { String(decoding: root[$0]?.rawText.map { $0 } ?? [], as: UTF8.self) }
                }
                return parts?.joined() ?? ""
            })
    }

    /// The reasons of all dead letters.
    private static func reasons(_ store: InMemoryStore) -> Set<String> {
        Set(
            store.documents(in: StoreCollections.deadLetters).values.flatMap { bytes in
                bytes.withUnsafeBytes { document in
                    (BSONElements(document).first(named: "reasons")?.elements).map { Array($0) } ?? []
                }.map { reason in
                    let place = reason.elements?.first(named: "item")?.integer ?? -1
                    return "\(place) \(reason.elements?.first(named: "text")?.text ?? "")"
                }
            })
    }

    @Test func `the result of a long message tells the errors of its earlier parts, but not more than a result does`()
        async throws
    {
        let items = (0..<2000).map { $0 % 2 == 0 ? #"{"operation":"I","code":"c\#($0)"}"# : "7" }
        let (store, _) = await Self.settle(Self.body(items), limits: Self.limits, replyTo: "answers")
        let row = try #require(
            store.documents(in: StoreCollections.postings).values.compactMap { bytes in
                bytes.withUnsafeBytes { PostingRow(bson: $0) }
            }.first)
        try JSONParser().parse(row.body).withRoot { result in
            let errors = (result["errors"]?.elements).map { Array($0) } ?? []
            #expect(errors.count == 100)
            #expect(errors.prefix(4).map { $0["item"]?.int64 } == [0, 1, 2, 3])
            #expect(result["moreErrors"]?.int64 == 1900)
            #expect(result["items"]?.int64 == 2000)
        }
    }

    @Test func `a message that is used twice under one id becomes a dead letter with all its bytes`() async throws {
        let limits = Self.limits
        let store = InMemoryStore()
        let source = HandSource()
        let bodies = [Self.body(Self.mixed), Self.body(Self.mixed + ["7"])]
        source.deliver(
            bodies.enumerated().map { Fixtures.delivery($1, number: UInt64($0 + 1), messageId: "m") })
        source.stop()
        await Route(
            name: "test", sources: [source], lanes: [[store, store]], limits: limits, companies: [],
            catalogs: { Fixtures.catalogs }, environment: Fixtures.environment, observer: RecordingObserver(),
            sourceChanged: { _ in }
        ).run()
        let originals = store.documents(in: StoreCollections.deadLetters).values.compactMap { bytes in
            bytes.withUnsafeBytes { BSONElements($0).first(named: "original")?.binary.map { Array($0) } }
        }
        #expect(originals == [Array(bodies[1].utf8)])
    }

    @Test func `what a part holds is bounded whatever the items are`() async throws {
        var limits = Limits()
        limits.wholeBytes = 10_000
        limits.preparedBytes = 20_000
        let items = [
            String(repeating: "{},", count: 30_000) + "{}", String(repeating: "1,", count: 40_000) + "1",
            String(repeating: #"{"operation":"D","code":"||||||||||||||||"},"#, count: 2_000) + "7",
        ]
        for items in items {
            let company = String(repeating: "|", count: 256)
            let body = #"{"companyId":"\#(company)","catalog":"catalogBrand","items":[\#(items)]}"#
            let preparer = ItemPreparer(limits: limits)
            var part = Fixtures.begin(Fixtures.delivery(body, messageId: "m"), limits: limits)
            var count = 0
            while true {
                #expect(part.firstItem == count)
                #expect(part.ids.count <= 20_000 + 600)
                #expect(part.rejections.count < 100)
                count += part.items.count
                guard let rest = part.rest else { break }
                part = preparer.next(rest)
            }
            #expect(count == part.itemCount)
        }
    }

    @Test func `an item that no record can hold is rejected without a tape of it`() async throws {
        // Two bytes each, and 16 or more in a record.
        let numbers = String(repeating: "1,", count: 1_100_000) + "1"
        let items = [
            #"{"operation":"I","code":"a","name":"n"}"#,
            #"{"operation":"I","code":"b","name":"n","list":[\#(numbers)]}"#, "[\(numbers)]",
            #"{"operation":"I","code":"d","name":"n"}"#,
        ]
        let (store, _) = await Self.settle(Self.body(items), limits: Self.limits)
        #expect(store.documents(in: "brand").count == 2)
        let letters = Self.letters(store).joined()
        #expect(letters.contains("tooLarge") && letters.contains("as a record the item has more than 16711680 bytes"))
        // All of both.
        #expect(letters.utf8.count { $0 == UInt8(ascii: ",") } >= 2_200_000)
    }

    @Test(arguments: [
        (#"{"companyId":"c","catalog":"catalogBrand","items":[{}],"params":"LONG"}"#, "tooLarge"),
        (#"{"companyId":"c","catalog":"catalogBrand","items":7,"params":"LONG"}"#, "tooLarge"),
        (#"["LONG"]"#, "notEnvelope"), (#"{"companyId":"c","catalog":"catalogBrand","items":["LONG"}"#, "notJson"),
        (#"{"companyId":"c","catalog":"catalogNone","items":["LONG"]}"#, "unknownCatalog"),
        (#"{"companyId":7,"catalog":"catalogBrand","items":["LONG"]}"#, "notEnvelope"),
        (#"{"companyId":"c","companyId":"c","catalog":"catalogBrand","items":["LONG"]}"#, "duplicateField"),
    ])
    func `a large message that is none of ours is a dead letter with all its bytes`(text: String, code: String) async {
        var limits = Self.limits
        limits.envelopeBytes = 500
        let body = text.replacing("LONG", with: String(repeating: "x", count: 1000))
        let (store, _) = await Self.settle(body, limits: limits)
        let letters = store.documents(in: StoreCollections.deadLetters).values.map { bytes in
            bytes.withUnsafeBytes { document in
                let fields = BSONElements(document)
                let reasons = fields.first(named: "reasons")?.elements.map { Array($0) } ?? []
                return (
                    fields.first(named: "original")?.binary.map { Array($0) },
                    reasons.first?.elements?.first(named: "code")?.text
                )
            }
        }
        #expect(letters.count == 1)
        #expect(letters.first?.0 == Array(body.utf8))
        #expect(letters.first?.1 == code)
    }

    @Test func `a route that is shut settles what it has taken in, and leaves the rest with the broker`() async {
        let store = InMemoryStore()
        let source = HandSource()
        let intake = Intake()
        var limits = Limits()
        limits.inFlightBytes = 1
        let observer = ShuttingObserver { intake.shut() }
        source.deliver(
            (1...50).map { number in
                Fixtures.delivery(
                    Self.body([#"{"operation":"I","code":"c\#(number)","name":"n"}"#]), number: number,
                    messageId: "m\(number)")
            })
        await Route(
            name: "test", sources: [source], lanes: [[store, store]], limits: limits, companies: [],
            catalogs: { Fixtures.catalogs }, environment: Fixtures.environment, observer: observer, intake: intake,
            sourceChanged: { _ in }
        ).run()
        #expect(source.acknowledged.map(\.number) == [1])
        #expect(store.documents(in: "brand").count == 1)
    }

    @Test func `a route that is shut before it runs takes nothing in`() async {
        let store = InMemoryStore()
        let source = HandSource()
        let intake = Intake()
        intake.shut()
        source.deliver([Fixtures.delivery(Self.body(Self.mixed), messageId: "m")])
        await Route(
            name: "test", sources: [source], lanes: [[store, store]], limits: Limits(), companies: [],
            catalogs: { Fixtures.catalogs }, environment: Fixtures.environment, observer: RecordingObserver(),
            intake: intake, sourceChanged: { _ in }
        ).run()
        #expect(source.acknowledged.isEmpty)
        #expect(store.documents(in: StoreCollections.ledger).isEmpty)
    }
}

/// Does something when the first batch is durable.
private final class ShuttingObserver: IngestObserver {
    private let action: @Sendable () -> Void

    init(_ action: @escaping @Sendable () -> Void) { self.action = action }

    func settled(_ batch: SettledBatch) { action() }
    func waiting(lane: Int, error: StoreError, since: Int64) {}
    func resumed(lane: Int) {}
}
