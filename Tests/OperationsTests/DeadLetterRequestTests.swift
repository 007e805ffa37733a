import BSON
import Contracts
import DryRun
import Ingest
import IngestTesting
import JSON
import Mappings
@testable import Operations
import Testing

/// Commands on dead letters take effect once, however often they are sent.
@Suite struct DeadLetterRequestTests {
    /// A store with the one letter of a message whose item has no name.
    private static func letter(
        messageId: String? = "m", queue: String = "q", headers: [MessageProperties.Header] = []
    ) async throws -> (store: InMemoryStore, id: ByteString) {
        var properties = MessageProperties()
        properties.messageId = messageId.map { ByteString($0) }
        properties.headers = headers
        return try await letter(properties, queue: queue)
    }

    private static func letter(
        _ properties: MessageProperties, queue: String = "q", seed: UInt64 = 1,
        body: String = #"{"companyId":"c","catalog":"catalogBrand","items":[{"operation":"I","code":"1"}]}"#
    ) async throws -> (store: InMemoryStore, id: ByteString) {
        let store = InMemoryStore()
        let message = MessageDecoder(limits: Limits()).decode(
            Delivery(
                tag: DeliveryTag(channel: 1, number: 1), queue: queue, body: Array(body.utf8), isRedelivered: false,
                properties: properties), catalogs: Fixtures.catalogs, now: Fixtures.now)
        let prepared = ItemPreparer(limits: Limits()).prepare(message)
        let plan = BatchPlan(
            Batch(segments: [Segment(message: prepared, range: 0..<1)]),
            context: PlanContext(route: "r", now: Fixtures.now, seed: seed << 16))
        _ = try await store.settle(plan.reads) { plan.plan($0) }
        let id = try #require(store.documents(in: StoreCollections.deadLetters).keys.first)
        return (store, id)
    }

    private static func perform(
        _ action: DeadLetterRequest.Action, on id: ByteString, _ store: InMemoryStore, seed: UInt64 = 7,
        body: [UInt8]? = nil
    ) async throws -> DeadLetterRequest.Outcome {
        let order = DeadLetterRequest(
            id: id, action, by: "ana@console", now: Fixtures.now + 1, seed: seed << 16, body: body)
        return try await store.settle(order.reads) { order.plan($0) }
    }

    private static func postings(_ store: InMemoryStore) -> [PostingRow] {
        store.documents(in: StoreCollections.postings).values.compactMap { row in
            row.withUnsafeBytes { PostingRow(bson: $0) }
        }
    }

    private static func letter(_ id: ByteString, _ store: InMemoryStore) throws -> DeadLetter {
        let row = try #require(store.documents(in: StoreCollections.deadLetters)[id])
        return try #require(row.withUnsafeBytes { DeadLetter(bson: $0) })
    }

    @Test(arguments: [
        #"{"companyId":"c","catalog":"catalogBrand","items":[{"operation":"I","code":"1"}]}"#, "{ no JSON",
        #"{"companyId":"c","catalog":"catalogBrnad","items":[]}"#,
    ])
    func `what was received is kept beside an edited message, however often it is edited`(body: String) async throws {
        var properties = MessageProperties()
        properties.messageId = "m"
        let (store, id) = try await Self.letter(properties, body: body)
        let received = try #require(try Self.letter(id, store).body)
        #expect(try Self.letter(id, store).received == nil, "it has not been edited")
        for (seed, text) in [#"{"a":1}"#, #"{"b":2}"#].enumerated() {
            let outcome = try await Self.perform(.edit(Array(text.utf8)), on: id, store, seed: UInt64(8 + seed))
            #expect(outcome == .done(messageId: nil))
            let edited = try Self.letter(id, store)
            #expect(edited.body.map { String(decoding: $0, as: UTF8.self) } == text)
            #expect(edited.received == received)
        }
    }

    @Test func `a letter that is replayed twice is sent once`() async throws {
        let (store, id) = try await Self.letter()
        #expect(try await Self.perform(.replay, on: id, store) == .done(messageId: ByteString("m#r1.\(id)")))
        #expect(try await Self.perform(.replay, on: id, store, seed: 8) == .notOpen(state: .replayed))
        let rows = Self.postings(store)
        #expect(rows.count == 1)
        #expect(rows.first?.target == .amqp(exchange: "", routingKey: "q"))
        #expect(rows.first?.messageId == ByteString("m#r1.\(id)"))
        #expect(store.documents(in: StoreCollections.audit).count == 1)
    }

    /// The dead letters of one message that is longer than a batch.
    @Test func `the letters of a long message are sent again under ids of their own, and so is what fails again`()
        async throws
    {
        let store = InMemoryStore()
        var seed: UInt64 = 0
        func settle(_ id: String, _ ranges: [Range<Int>]) async throws {
            let items = (0..<6).map { #"{"operation":"I","code":"\#($0)"}"# }.joined(separator: ",")
            let body = #"{"companyId":"c","catalog":"catalogBrand","items":[\#(items)]}"#
            let message = MessageDecoder(limits: Limits()).decode(
                Fixtures.delivery(body, messageId: id), catalogs: Fixtures.catalogs, now: Fixtures.now)
            let prepared = ItemPreparer(limits: Limits()).prepare(message)
            for range in ranges {
                seed += 1
                let plan = BatchPlan(
                    Batch(segments: [Segment(message: prepared, range: range)]),
                    context: PlanContext(route: "r", now: Fixtures.now, seed: seed << 16))
                _ = try await store.settle(plan.reads) { plan.plan($0) }
            }
        }
        func replayAll() async throws -> Set<String> {
            for id in store.documents(in: StoreCollections.deadLetters).keys {
                seed += 1
                _ = try await Self.perform(.replay, on: id, store, seed: seed)
            }
            return Set(Self.postings(store).compactMap { $0.messageId?.description })
        }
        try await settle("m", [0..<2, 2..<4, 4..<6])
        let first = try await replayAll()
        #expect(first.count == 3 && first.allSatisfy { $0.hasPrefix("m#r1.") })
        for id in first.sorted() { try await settle(id, [0..<6]) }
        let second = try await replayAll().subtracting(first)
        #expect(second.count == 3 && second.allSatisfy { $0.hasPrefix("m#r2.") })
    }

    @Test(
        "an id that is full or invalid is replaced by the dead letter's own",
        arguments: [String(repeating: "L", count: 253), String(repeating: "L", count: 255), ""])
    func ownID(messageId: String) async throws {
        let (store, id) = try await Self.letter(messageId: messageId)
        #expect(try await Self.perform(.replay, on: id, store) == .done(messageId: ByteString("\(id)#r1")))
    }

    @Test func `a letter of a timer or a file is sent to no queue of that name`() async throws {
        for source in [RouteSource.timerQueue(of: "r"), RouteSource.fileQueue(of: "r")] {
            let (store, id) = try await Self.letter(queue: source)
            #expect(try await Self.perform(.replay, on: id, store) == .notFromQueue(source))
            #expect(Self.postings(store).isEmpty)
            #expect(try await Self.perform(.discard(reason: nil), on: id, store) == .done(messageId: nil))
        }
    }

    private static func letterDocument(_ store: InMemoryStore, _ id: ByteString) -> String {
        store.documents(in: StoreCollections.deadLetters)[id].map { $0.withUnsafeBytes { BSONText.text(document: $0) } }
            ?? ""
    }

    @Test func `a discarded letter is opened again as it was, once, and both are in the audit log`() async throws {
        let (store, id) = try await Self.letter()
        let before = Self.letterDocument(store, id)
        #expect(try await Self.perform(.restore, on: id, store) == .notOpen(state: .open))
        #expect(try await Self.perform(.discard(reason: "a test"), on: id, store, seed: 8) == .done(messageId: nil))
        #expect(Self.letterDocument(store, id).contains("a test"))
        let outcomes = try await withThrowingTaskGroup(of: DeadLetterRequest.Outcome.self) { group in
            for seed in 20..<25 {
                group.addTask { try await Self.perform(.restore, on: id, store, seed: UInt64(seed)) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { $0 == .done(messageId: nil) } == 1)
        #expect(outcomes.count { $0 == .notOpen(state: .open) } == 4)
        #expect(Self.letterDocument(store, id) == before)
        let audit = store.documents(in: StoreCollections.audit).values.map { row in
            row.withUnsafeBytes { bytes in
                ["action", "detail"].compactMap { name in
                    BSONElements(bytes).first { $0.nameText == name }?.text
                }.joined(separator: ": ")
            }
        }
        #expect(audit.sorted() == ["dead-letters discard: a test", "dead-letters restore"])
        // And it can be replayed, but then not be restored.
        #expect(try await Self.perform(.replay, on: id, store, seed: 30) == .done(messageId: ByteString("m#r1.\(id)")))
        #expect(try await Self.perform(.restore, on: id, store, seed: 31) == .notOpen(state: .replayed))
    }

    @Test func `operators who race replay it once`() async throws {
        let (store, id) = try await Self.letter()
        let outcomes = await withTaskGroup(of: DeadLetterRequest.Outcome?.self) { group in
            for seed in 1...20 {
                group.addTask { try? await Self.perform(.replay, on: id, store, seed: UInt64(seed)) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { $0 == .done(messageId: ByteString("m#r1.\(id)")) } == 1)
        #expect(Self.postings(store).count == 1)
    }

    @Test func `what is mended is what is sent`() async throws {
        let (store, id) = try await Self.letter()
        let mended = #"{"companyId":"c","catalog":"catalogBrand","items":[{"operation":"I","code":"1","name":"N"}]}"#
        #expect(try await Self.perform(.edit(Array(mended.utf8)), on: id, store) == .done(messageId: nil))
        _ = try await Self.perform(.replay, on: id, store, seed: 8)
        #expect(Self.postings(store).first.map { String(decoding: $0.body, as: UTF8.self) } == mended)
    }

    @Test func `what was read before somebody mended it is not sent`() async throws {
        let (store, id) = try await Self.letter()
        let mended = #"{"companyId":"c","catalog":"catalogBrand","items":[{"operation":"I","code":"1","name":"N"}]}"#
        _ = try await Self.perform(.edit(Array(mended.utf8)), on: id, store)
        _ = try await Self.perform(.replay, on: id, store, seed: 8, body: Array("as it was".utf8))
        #expect(Self.postings(store).first.map { String(decoding: $0.body, as: UTF8.self) } == mended)
    }

    @Test func `a letter whose bytes are not all there is not sent`() async throws {
        let store = InMemoryStore()
        var letter: [UInt8] = []
        letter.appendDocument { letter in
            letter.append("_id", string: "l")
            letter.append("state", string: DeadLetterState.open.rawValue)
            letter.append("queue", string: "q")
            letter.append("parts", int64: 2)
        }
        store.put(letter, in: StoreCollections.deadLetters)
        #expect(try await Self.perform(.replay, on: "l", store) == .incomplete)
        #expect(Self.postings(store).isEmpty)
        #expect(try await Self.perform(.replay, on: "l", store, body: [1, 2]) == .done(messageId: "l#r1"))
        #expect(Self.postings(store).first?.body == [1, 2])
    }

    @Test func `what is laid aside is neither mended nor sent`() async throws {
        let (store, id) = try await Self.letter()
        #expect(try await Self.perform(.discard(reason: "test"), on: id, store) == .done(messageId: nil))
        #expect(try await Self.perform(.replay, on: id, store, seed: 8) == .notOpen(state: .discarded))
        #expect(try await Self.perform(.edit([]), on: id, store, seed: 9) == .notOpen(state: .discarded))
        #expect(Self.postings(store).isEmpty)
        #expect(try await Self.perform(.replay, on: "nobody", store, seed: 10) == .missing)
    }

    @Test func `what the broker counted of earlier deliveries is not sent again`() async throws {
        let (store, id) = try await Self.letter(headers: [
            .init(name: "x-death", value: .array([.table([])])), .init(name: "x-delivery-count", value: .integer(3)),
            .init(name: "x-first-death-queue", value: .string("q")), .init(name: "tenant", value: .string("a")),
        ])
        _ = try await Self.perform(.replay, on: id, store)
        #expect(Self.postings(store).first?.headers.map(\.name) == ["tenant", MessageProperties.replayHeader])
    }

    @Test(arguments: [
        ("m", "m#r1."), ("m#r1", "m#r2."), ("m#r9", "m#r10."), ("m#rx", "m#rx#r1."), ("m#", "m##r1."),
        ("a#b#r2", "a#b#r3."), ("m#r1.20", "m#r2."), ("m#r1x", "m#r1x#r1."), ("m#r0", "m#r0#r1."),
        (String(repeating: "x", count: 227), String(repeating: "x", count: 227) + "#r1."),
    ])
    func `a replay has an id of its own`(before: String, after: String) async throws {
        let (store, id) = try await Self.letter(messageId: before)
        #expect(try await Self.perform(.replay, on: id, store) == .done(messageId: ByteString("\(after)\(id)")))
    }

    @Test func `no two dead letters are sent again under one id, whatever their messages have in common`() async throws
    {
        var sent: Set<ByteString> = []
        for seed in 1...40 as ClosedRange<UInt64> {
            var properties = MessageProperties()
            // The same ids from two senders, and again when the ledger has forgotten them; some replays of replays.
            properties.messageId = seed.isMultiple(of: 5) ? "1#r1" : "1"
            properties.appId = seed.isMultiple(of: 2) ? "erp" : "shop"
            let (store, id) = try await Self.letter(properties, seed: seed)
            guard case .done(let messageId) = try await Self.perform(.replay, on: id, store, seed: 100 + seed) else {
                Issue.record("dead letter \(id) was not sent again")
                continue
            }
            sent.insert(try #require(messageId))
        }
        #expect(sent.count == 40)
    }

    @Test(arguments: 0..<200)
    func `a dead letter keeps every property of its message and sends it again`(seed: Int) async throws {
        var random = Seeded(UInt64(seed))
        var properties = Self.randomProperties(&random)
        let (store, id) = try await Self.letter(properties)
        _ = try await Self.perform(.replay, on: id, store)
        let replay = Self.postings(store).first { $0.origin == .replay }
        let sent = try #require(replay?.posting?.properties)
        // What is sent is the text of the failed items, it may not expire, and it is of the gateway's own user.
        (properties.contentEncoding, properties.expiration, properties.userId) = (nil, nil, nil)
        properties.isPersistent = true
        properties.headers.append(.init(name: MessageProperties.replayHeader, value: .string(id.description)))
        properties.messageId = sent.messageId
        #expect(sent == properties)
    }

    @Test func `the bytes as they came keep the encoding that their sender names`() async throws {
        var properties = MessageProperties()
        (properties.messageId, properties.contentEncoding) = ("m", "gzip")
        let (store, id) = try await Self.letter(properties, body: "no JSON")
        _ = try await Self.perform(.replay, on: id, store)
        #expect(Self.postings(store).first?.posting?.properties.contentEncoding == "gzip")
    }

    @Test func `a copy that the sender wanted elsewhere is not sent there again`() async throws {
        let (store, id) = try await Self.letter(headers: [
            .init(name: "CC", value: .array([.string("other")])), .init(name: "cc", value: .string("kept")),
        ])
        _ = try await Self.perform(.replay, on: id, store)
        #expect(Self.postings(store).first?.headers.map(\.name) == ["cc", MessageProperties.replayHeader])
    }

    private static func randomProperties(_ random: inout Seeded) -> MessageProperties {
        func bytes() -> ByteString? {
            guard Bool.random(using: &random) else { return nil }
            return ByteString(
                (0..<Int.random(in: 0...12, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) })
        }
        func value(_ depth: Int) -> HeaderValue {
            switch Int.random(in: 0..<(depth > 4 ? 8 : 10), using: &random) {
            case 0: .null
            case 1: .bool(Bool.random(using: &random))
            case 2: .integer(Int64.random(in: .min ... .max, using: &random))
            case 3: .double(Double.random(in: -1e9...1e9, using: &random))
            case 4:
                .decimal(value: .random(in: 0 ... .max, using: &random), scale: .random(in: 0...255, using: &random))
            case 5: .string("añ\u{0}o")
            case 6: .bytes(bytes()?.bytes ?? [0xFF])
            case 7: .timestamp([0, 1_700_000_000, .max, UInt64(Int64.max), 1 << 62].randomElement(using: &random) ?? 0)
            case 8: .array((0..<3).map { _ in value(depth + 1) })
            default: .table((0..<3).map { .init(name: "$n.\($0)", value: value(depth + 1)) })
            }
        }
        var properties = MessageProperties()
        properties.messageId = "m"
        properties.contentType = bytes()
        properties.contentEncoding = bytes()
        properties.priority = Bool.random(using: &random) ? .random(in: 0...255, using: &random) : nil
        properties.correlationId = bytes()
        properties.replyTo = bytes()
        properties.expiration = bytes()
        properties.timestamp = [nil, 0, 1_700_000_000, .max].randomElement(using: &random) ?? nil
        properties.type = bytes()
        properties.userId = bytes()
        properties.appId = bytes()
        properties.headers = (0..<Int.random(in: 0...5, using: &random)).map { .init(name: "h\($0)", value: value(0)) }
        return properties
    }
}
