import Documents
import Mappings
import Pipeline
import PipelineTesting
import Records
import Rehearsal
import Testing

/// What operators do with dead letters: once, whoever asks and however often.
@Suite struct LetterOrderTests {
    /// A store with the one letter of a message whose item has no name.
    private static func letter(
        messageId: String? = "m", queue: String = "q", headers: [MessageProperties.Header] = []
    ) async throws -> (store: InMemoryStore, id: ByteString) {
        let store = InMemoryStore()
        var properties = MessageProperties()
        properties.messageId = messageId.map { ByteString($0) }
        properties.headers = headers
        let body = #"{"companyId":"c","catalog":"catalogBrand","items":[{"operation":"I","code":"1"}]}"#
        let message = MessageDecoder(limits: Limits()).decode(
            Delivery(
                tag: DeliveryTag(channel: 1, number: 1), queue: queue, body: Array(body.utf8), isRedelivered: false,
                properties: properties), catalogs: Fixtures.catalogs, now: Fixtures.now)
        let prepared = ItemPreparer(limits: Limits()).prepare(message)
        let plan = BatchPlan(
            Batch(segments: [Segment(message: prepared, range: 0..<1)]),
            context: PlanContext(route: "r", now: Fixtures.now, seed: 1))
        _ = try await store.settle(plan.reads) { plan.plan($0) }
        let id = try #require(store.documents(in: StoreNames.deadLetters).keys.first)
        return (store, id)
    }

    private static func perform(
        _ action: LetterOrder.Action, on id: ByteString, _ store: InMemoryStore, seed: UInt64 = 7,
        body: [UInt8]? = nil
    ) async throws -> LetterOrder.Outcome {
        let order = LetterOrder(
            id: id, action, by: "ana@console", now: Fixtures.now + 1, seed: seed << 16, body: body)
        return try await store.settle(order.reads) { order.plan($0) }
    }

    private static func postings(_ store: InMemoryStore) -> [PostingRow] {
        store.documents(in: StoreNames.postings).values.compactMap { row in
            row.withUnsafeBytes { PostingRow(bson: $0) }
        }
    }

    @Test func `a letter that is replayed twice is sent once`() async throws {
        let (store, id) = try await Self.letter()
        #expect(try await Self.perform(.replay, on: id, store) == .done(messageId: "m#r1"))
        #expect(try await Self.perform(.replay, on: id, store, seed: 8) == .notOpen(state: "replayed"))
        let rows = Self.postings(store)
        #expect(rows.count == 1)
        #expect(rows.first?.target == .amqp(exchange: "", routingKey: "q"))
        #expect(rows.first?.messageId == "m#r1")
        #expect(store.documents(in: StoreNames.audit).count == 1)
    }

    /// The letters of one message that is longer than a batch.
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
            for id in store.documents(in: StoreNames.deadLetters).keys {
                seed += 1
                _ = try await Self.perform(.replay, on: id, store, seed: seed)
            }
            return Set(Self.postings(store).compactMap { $0.messageId?.description })
        }
        try await settle("m", [0..<2, 2..<4, 4..<6])
        let first = try await replayAll()
        #expect(first == ["m#r1", "m#r1.2", "m#r1.4"])
        for id in first.sorted() { try await settle(id, [0..<6]) }
        #expect(try await replayAll() == first.union(["m#r2", "m#r2.2", "m#r2.4"]))
    }

    @Test(
        "an id that has no room for more, or is none, gives way to the letter's own",
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

    @Test func `operators who race replay it once`() async throws {
        let (store, id) = try await Self.letter()
        let outcomes = await withTaskGroup(of: LetterOrder.Outcome?.self) { group in
            for seed in 1...20 {
                group.addTask { try? await Self.perform(.replay, on: id, store, seed: UInt64(seed)) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { $0 == .done(messageId: "m#r1") } == 1)
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
            letter.append("state", string: "open")
            letter.append("queue", string: "q")
            letter.append("parts", int64: 2)
        }
        store.put(letter, in: StoreNames.deadLetters)
        #expect(try await Self.perform(.replay, on: "l", store) == .incomplete)
        #expect(Self.postings(store).isEmpty)
        #expect(try await Self.perform(.replay, on: "l", store, body: [1, 2]) == .done(messageId: "l#r1"))
        #expect(Self.postings(store).first?.body == [1, 2])
    }

    @Test func `what is laid aside is neither mended nor sent`() async throws {
        let (store, id) = try await Self.letter()
        #expect(try await Self.perform(.discard(reason: "test"), on: id, store) == .done(messageId: nil))
        #expect(try await Self.perform(.replay, on: id, store, seed: 8) == .notOpen(state: "discarded"))
        #expect(try await Self.perform(.edit([]), on: id, store, seed: 9) == .notOpen(state: "discarded"))
        #expect(Self.postings(store).isEmpty)
        #expect(try await Self.perform(.replay, on: "nobody", store, seed: 10) == .missing)
    }

    @Test func `what the broker counted of earlier deliveries is not sent again`() async throws {
        let (store, id) = try await Self.letter(headers: [
            .init(name: "x-death", value: .array([.table([])])), .init(name: "x-delivery-count", value: .integer(3)),
            .init(name: "x-first-death-queue", value: .string("q")), .init(name: "tenant", value: .string("a")),
        ])
        _ = try await Self.perform(.replay, on: id, store)
        #expect(Self.postings(store).first?.headers.map(\.name) == ["tenant", LetterOrder.replayHeader])
    }

    @Test(arguments: [
        ("m", "m#r1"), ("m#r1", "m#r2"), ("m#r9", "m#r10"), ("m#rx", "m#rx#r1"), ("m#", "m##r1"), ("a#b#r2", "a#b#r3"),
        ("m#r1.20", "m#r2.20"), ("m#r1x", "m#r1x#r1"), ("m#r0", "m#r0#r1"),
        (String(repeating: "x", count: 252), String(repeating: "x", count: 252) + "#r1"),
    ])
    func `a replay has an id of its own`(before: String, after: String) async throws {
        let (store, id) = try await Self.letter(messageId: before)
        #expect(try await Self.perform(.replay, on: id, store) == .done(messageId: ByteString(after)))
    }
}
