import BSON
import Contracts
@testable import Ingest
import IngestTesting
import JSON
import Operations
import Schemas
import Synchronization
import Testing

/// Whatever a message holds, no document that its plan writes is larger than the store takes, and every item is applied or in
/// a dead letter.
@Suite(.serialized) struct StoreBoundsTests {
    struct Shape: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Items; 0 where the message is a dead letter as a whole.
        var items: Int
        var headers: [MessageProperties.Header] = []
        var bodies: @Sendable () -> [String]

        init(
            _ name: String, items: Int, headers: [MessageProperties.Header] = [],
            _ body: @autoclosure @escaping @Sendable () -> String
        ) {
            self.init(name, items: items, headers: headers, bodies: { [body()] })
        }

        init(
            _ name: String, items: Int, headers: [MessageProperties.Header] = [],
            bodies: @escaping @Sendable () -> [String]
        ) {
            testDescription = name
            self.items = items
            self.headers = headers
            self.bodies = bodies
        }
    }

    private static func text(_ unit: String, _ count: Int) -> String { String(repeating: unit, count: count) }

    /// With a catalog whose key may be of any length, as an integrator may define one, and that refers to records which must
    /// be there.
    private static let catalogs: Catalogs = {
        let definition = """
            {"$schema":"urn:promo-gateway:definition:1","x-catalog":"catalogOffer","x-key":["shop","code"],"type":"object",
            "required":["shop","code"],"properties":{"shop":{"type":"string"},"code":{"type":"string"},
            "items":{"type":["array","null"],"items":{"type":"string"},"x-ref":"catalogItem","x-ref-policy":"reject"}}}
            """
        do {
            return try Fixtures.catalogs.adding(
                files: [DefinitionFile(name: "offer.json", bytes: Array(definition.utf8))])
        } catch {
            fatalError("\(error)")
        }
    }()

    private static func offer(_ operation: String, code: String, _ more: String = "") -> String {
        message(catalog: "catalogOffer", #"{"operation":"\#(operation)","shop":"s","code":"\#(code)"\#(more)}"#)
    }

    private static func message(
        company: String = "c", catalog: String = "catalogItem", params: String? = nil, _ items: String...
    ) -> String {
        let params = params.map { #""params":\#($0),"# } ?? ""
        return #"{"companyId":"\#(company)","catalog":"\#(catalog)",\#(params)"items":["#
            + items.joined(separator: ",") + "]}"
    }

    private static let ones = "[" + text("1,", 1_100_000) + "1]"
    private static let dollars = (0..<20).map { #""$\#($0)":1"# }.joined(separator: ",")

    static let shapes: [Shape] = [
        Shape("a catalog of 9 MB", items: 0, message(catalog: text("A", 9_000_000))),
        Shape("a company of 9 MB", items: 0, message(company: text("A", 9_000_000))),
        Shape("both, of characters that JSON escapes", items: 0) {
            [message(company: text(#"\u0001"#, 2_000_000), catalog: text(#"\n"#, 4_000_000))]
        },
        Shape("a catalog that is one character of 6 MB", items: 0, message(catalog: "e" + text("\u{301}", 3_000_000))),
        Shape("no JSON, 17 MB", items: 0, text("x", 17_000_000)),
        Shape("a list of small numbers, 18.7 MB as BSON", items: 1) {
            [message(#"{"operation":"I","code":"a","name":"n","more":\#(ones)}"#)]
        },
        Shape("the same, deeper", items: 1) {
            [message(#"{"operation":"I","code":"a","name":"n","attributes":{"a":{"b":\#(ones)}}}"#)]
        },
        Shape("the same in an item that its definition refuses", items: 1) {
            [message(#"{"operation":"I","code":"a","more":\#(ones)}"#)]
        },
        Shape("the same as params of an item that is refused", items: 2) {
            [message(params: ones, #"{"operation":"I","code":"a"}"#, #"{"operation":"I","code":"b","name":"n"}"#)]
        },
        // More than 8 MiB beside the items: the message is refused as a whole.
        Shape("params of 20 MB", items: 0) {
            [message(params: "\"" + text("p", 20_000_000) + "\"", #"{"operation":"I","code":"a"}"#)]
        },
        Shape("20 reserved names inside a name of half a megabyte", items: 1) {
            [message(#"{"operation":"I","code":"a","name":"n","attributes":{"\#(text("N", 500_000))":{\#(dollars)}}}"#)]
        },
        Shape("a reserved name of 9 MB of ~", items: 1) {
            [message(#"{"operation":"I","code":"a","name":"n","$\#(text("~", 9_000_000))":1}"#)]
        },
        Shape("a name of 9 MB twice", items: 1) {
            let name = text("N", 5_000_000)
            return [message(#"{"operation":"I","code":"a","name":"n","\#(name)":1,"\#(name)":1}"#)]
        },
        Shape("an operation of 9 MB", items: 1) {
            [message(#"{"operation":"\#(text("I", 9_000_000))","code":"a","name":"n"}"#)]
        },
        Shape("a key of 8.4 MB of |", items: 1, offer("I", code: text("|", 8_400_000))),
        Shape("a key of 8.4 MB of | that is to be deleted", items: 1, offer("D", code: text("|", 8_400_000))),
        Shape("a key of 8.4 MB that its definition refuses", items: 1) {
            [message(#"{"operation":"I","code":"\#(text("|", 8_400_000))","name":"n"}"#)]
        },
        Shape("a reference of 9 MB, and 20,000 that lead nowhere", items: 2) {
            let many = (0..<20_000).map { #""i\#($0)""# }.joined(separator: ",")
            return [
                offer("I", code: "a", #","items":["\#(text("|", 9_000_000))"]"#),
                offer("I", code: "b", #","items":[\#(many)]"#),
            ]
        },
        Shape("a record of almost 16 MB", items: 1) {
            [message(#"{"operation":"I","code":"a","name":"\#(text("n", (16 << 20) - (66 << 10)))"}"#)]
        },
        Shape("an item of almost 16 MB that is refused", items: 1) {
            [message(#"{"operation":"I","code":"a","more":"\#(text("n", (16 << 20) - (66 << 10)))"}"#)]
        },
        Shape("an item of 17 MB", items: 1) {
            [message(#"{"operation":"I","code":"a","name":"\#(text("n", 17 << 20))"}"#)]
        },
        Shape("two updates that make a record of 18 MB", items: 3) {
            [
                message(#"{"operation":"I","code":"a","name":"n"}"#),
                message(#"{"operation":"U","code":"a","left":"\#(text("l", 9_000_000))"}"#),
                message(#"{"operation":"U","code":"a","right":"\#(text("r", 9_000_000))"}"#),
            ]
        },
        Shape("a record that is deleted and made anew, other fields and names of 9 MB", items: 3) {
            [
                message(#"{"operation":"I","code":"a","name":"n","\#(text("O", 9_000_000))":1}"#),
                message(
                    #"{"operation":"D","code":"a"}"#,
                    #"{"operation":"I","code":"a","name":"n","new":"\#(text("n", 9_000_000))"}"#),
            ]
        },
        Shape("400 items with 20 long reasons each", items: 400) {
            let names = (0..<20).map { #""$\#($0)\#(text("N", 900))":1"# }.joined(separator: ",")
            let items = (0..<400).map { #"{"operation":"I","code":"\#($0)","name":"n",\#(names)}"# }
            return [message(items.joined(separator: ","))]
        },
        Shape("headers of 6 MB", items: 1, headers: bigHeaders, message(#"{"operation":"I","code":"a"}"#)),
        Shape("headers of 3 MB and no JSON", items: 0, headers: bigHeaders, "no json"),
    ]

    private static let bigHeaders: [MessageProperties.Header] = [
        .init(name: "flags", value: .array([HeaderValue](repeating: .bool(true), count: 60_000))),
        .init(name: "text", value: .string(text("h", 3_000_000))), .init(name: "small", value: .integer(1)),
    ]

    @Test("of one message", arguments: shapes)
    func one(shape: Shape) async throws {
        let bodies = shape.bodies()
        let store = MeasuringStore()
        try await settle(bodies.map { Array($0.utf8) }, headers: shape.headers, on: store)
        try expectAll(store, messages: bodies.count, items: shape.items)
    }

    @Test("of random messages made of names, values and lists of any size", arguments: 0..<16 as Range<UInt64>)
    func random(seed: UInt64) async throws {
        var random = Seeded(seed)
        func size() -> Int {
            [1, 200, 5_000, 70_000, 600_000].randomElement(using: &random) ?? 1
        }
        func name() -> String {
            let unit = ["N", "é", "~", "/", "$", "|", "\\u0007"].randomElement(using: &random) ?? "N"
            return Self.text(unit, min(size(), 200_000))
        }
        func value(_ depth: Int) -> String {
            switch Int.random(in: 0..<(depth > 3 ? 4 : 6), using: &random) {
            case 0: "\"\(Self.text(["x", "\\\"", "ü"].randomElement(using: &random) ?? "x", size()))\""
            case 1:
                ["1", "1.5", "1e400", "null", "true", "0.1234567890123456789012345678901234567890"].randomElement(
                    using: &random) ?? "1"
            case 2: "[" + Self.text("1,", min(size(), 200_000)) + "1]"
            case 3: "[" + Self.text("{},", min(size(), 20_000)) + "{}]"
            case 4: "{\"\(name())\":\(value(depth + 1))}"
            default: "{\"\(name())\":\(value(depth + 1)),\"\(name())\":\(value(depth + 1))}"
            }
        }
        let bodies = (0..<4).map { number -> String in
            let items = (0..<Int.random(in: 1...4, using: &random)).map { item -> String in
                let operation = ["I", "U", "D", "IU", "X"].randomElement(using: &random) ?? "I"
                let code = Bool.random(using: &random) ? name() : "k\(item)"
                return #"{"operation":"\#(operation)","code":"\#(code)","name":"n","\#(name())":\#(value(0))}"#
            }
            return Self.message(
                params: Bool.random(using: &random) ? value(2) : nil, items.joined(separator: ","))
        }
        let store = MeasuringStore()
        try await settle(bodies.map { Array($0.utf8) }, headers: [], on: store)
        try expectAll(store, messages: bodies.count, items: nil)
    }

    @Test func `a key of 4 KiB is taken; of one byte more it is refused by the name of its longest field`() async throws
    {
        let store = MeasuringStore()
        // c|s|…
        let bodies = [4092, 4093].map { Self.offer("I", code: Self.text("k", $0)) }
        try await settle(bodies.map { Array($0.utf8) }, headers: [], on: store)
        #expect(store.inner.documents(in: "offer").keys.map(\.bytes.count) == [4096])
        let letter = try #require(
            store.inner.documents(in: StoreCollections.deadLetters).values.first.map { Letter($0) })
        #expect(letter.codes == ["tooLarge"] && letter.pointers == ["/items/0/code"])
    }

    @Test func `another message of 17 MB under an id that was used`() async throws {
        let store = MeasuringStore()
        let bodies = [Self.message(#"{"operation":"D","code":"a"}"#), Self.text(" ", 17_000_000) + "{}"]
        try await settle(bodies.map { Array($0.utf8) }, headers: [], on: store, messageId: { _ in "m" })
        #expect(store.largest <= StoreBounds.documentBytes)
        #expect(store.inner.documents(in: StoreCollections.deadLetters).count == 1)
        #expect(store.inner.documents(in: StoreCollections.deadLetterParts).count == 3)
    }

    /// What an operator puts in a letter's place is bounded too.
    @Test func `a mended message is as small as the letter has room, or is not taken`() async throws {
        let store = MeasuringStore()
        try await settle([Array(Self.text("x", 11_000_000).utf8)], headers: [], on: store)
        let id = try #require(store.inner.documents(in: StoreCollections.deadLetters).keys.first)
        func edit(_ text: String) async throws -> DeadLetterRequest.Outcome {
            let seed = UInt64(store.inner.settles) << 16
            let order = DeadLetterRequest(id: id, .edit(Array(text.utf8)), by: "ana", now: 1, seed: seed)
            return try await store.settle(order.reads) { order.plan($0) }
        }
        #expect(try await edit(Self.message(#"{"more":\#(Self.ones)}"#)) == .done(messageId: nil))
        guard case .tooLarge = try await edit("\"" + Self.text("y", 9_000_000) + "\"") else {
            Issue.record("a letter of 20 MB")
            return
        }
        #expect(try await edit("{}") == .done(messageId: nil))
        #expect(store.largest <= StoreBounds.documentBytes)
    }

    // MARK: Settling and comparing

    private func settle(
        _ bodies: [[UInt8]], headers: [MessageProperties.Header], on store: MeasuringStore,
        messageId: (Int) -> String = { "m\($0)" }
    ) async throws {
        let source = HandSource()
        let route = Route(
            name: "test", sources: [source], lanes: [[store]], limits: Limits(), companies: [], resultQueue: "results",
            catalogs: { Self.catalogs }, environment: Fixtures.environment, observer: RecordingObserver(),
            sourceChanged: { _ in })
        for (number, body) in bodies.enumerated() {
            var properties = MessageProperties()
            properties.messageId = ByteString(messageId(number))
            properties.headers = headers
            source.deliver([
                Delivery(
                    tag: DeliveryTag(channel: 1, number: UInt64(number + 1)), queue: "q", body: body,
                    isRedelivered: false, properties: properties)
            ])
        }
        source.stop()
        await route.run()
        #expect(source.acknowledged.last?.number == UInt64(bodies.count))
    }

    /// `items`: nil where that is not known beforehand.
    private func expectAll(_ store: MeasuringStore, messages: Int, items: Int?) throws {
        #expect(store.largest <= StoreBounds.documentBytes)
        let rows = store.inner.documents(in: StoreCollections.ledger).values.compactMap { bytes in
            bytes.withUnsafeBytes { LedgerRow(bson: $0) }
        }
        #expect(rows.count == messages)
        #expect(store.inner.documents(in: StoreCollections.postings).count == messages, "each has its result")
        var counts = OutcomeCounts()
        for row in rows {
            #expect(row.isComplete)
            counts += row.outcomes
        }
        let letters = store.inner.documents(in: StoreCollections.deadLetters).values.map { Letter($0) }
        if let items { #expect(counts.total == items) }
        #expect(letters.reduce(0) { $0 + $1.items } == counts[.rejected])
        if items == 0 { #expect(letters.count == messages) }
        let parts = store.inner.documents(in: StoreCollections.deadLetterParts).count
        #expect(parts == letters.reduce(0) { $0 + $1.parts }, "each dead letter has its payload")
        for letter in letters { #expect(letter.hasPayload && !letter.codes.isEmpty) }
    }

    private struct Letter {
        var items = 0
        var parts = 0
        var codes: Set<String> = []
        var pointers: Set<String> = []
        var hasPayload = false

        init(_ document: [UInt8]) {
            document.withUnsafeBytes { bytes in
                let fields = BSONElements(bytes)
                let reasons = fields.first(named: "reasons")?.elements.map { $0.compactMap(\.elements) } ?? []
                items = Set(reasons.compactMap { $0.first(named: "item")?.integer }).count
                codes = Set(reasons.compactMap { $0.first(named: "code")?.text })
                pointers = Set(reasons.compactMap { $0.first(named: "pointer")?.text })
                parts = Int(fields.first(named: "parts")?.integer ?? 0)
                hasPayload =
                    parts > 0
                    || ["message", "original"].contains { name in
                        fields.first { $0.nameText == name }.map { $0.type != .null } ?? false
                    }
            }
        }
    }
}

/// A store in memory that remembers the largest document it was to write.
private final class MeasuringStore: Store {
    let inner = FaultyStore()
    private let most = Mutex(0)

    var largest: Int { most.withLock { $0 } }

    func settle<Result: Sendable>(
        _ reads: StoreReads, turn: CommitTurn, plan: @Sendable (StoreSnapshot) -> (writes: StoreWrites, result: Result)
    ) async throws(StoreError) -> Result {
        try await inner.settle(reads, turn: turn) { snapshot in
            let planned = plan(snapshot)
            let largest = planned.writes.collections.map(\.largestDocument).max() ?? 0
            most.withLock { $0 = max($0, largest) }
            return planned
        }
    }
}
