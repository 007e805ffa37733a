import BSON
import Contracts
import DryRun
@testable import Ingest
import IngestTesting
import JSON
import Mappings
import Schemas
import Testing

/// Keys that the mapping makes: UUIDs and numbers of sequences.
@Suite struct NewKeyTests {
    private static let definition = """
        {"$schema": "urn:promo-gateway:definition:1", "x-catalog": "catalogTask", "x-key": ["id"], "type": "object",
         "required": ["id"], "properties": {
           "id": {"type": "integer"}, "content": {"type": "string"}, "ref": {"type": "string"},
           "other": {"type": "string"}}}
        """

    private static let numbered = """
        id: { path: .id, default: { sequence: tasks }, onError: { value: 0 } }
        content: .content
        """
    private static let referenced = """
        id: { path: .id }
        ref: { new: uuid }
        other: { concat: ["a", { new: uuid }, { new: uuid }] }
        """

    /// A route whose items have these fields.
    private static func route(_ fields: String, more: String = "") throws -> (route: RouteMapping, catalogs: Catalogs) {
        let catalogs = try Fixtures.catalogs(with: definition)
        let indented = fields.split(separator: "\n").map { "          " + $0 }.joined(separator: "\n")
        let text = """
            routes:
              tasks:
                from: { amqp: { queue: q } }
                definition: catalogTask
                message:
                  items: $.tasks[*]
                  companyId: c
                  operation: I
            \(more)
                  fields:
            \(indented)
            """
        let (table, mistakes) = MappingCompiler.compile(
            files: [("m.yaml", text)], context: MappingContext(settings: [], catalogs: catalogs))
        return (try #require(table?.routes.first, "\(mistakes)"), catalogs)
    }

    /// The fields of each item, as they are mapped.
    private static func items(
        _ delivery: Delivery, _ fields: String, seed: UInt64 = 1, more: String = ""
    ) throws -> [String: [String]] {
        let (route, catalogs) = try route(fields, more: more)
        let decoder = MessageDecoder(limits: Limits(), shapes: route.shapes, seed: { seed })
        let message = decoder.decode(delivery, catalogs: catalogs, now: Fixtures.now)
        guard case .catalog(let catalog) = message.content else { throw Broken("\(message.content)") }
        return catalog.document.withNode(catalog.itemsNode) { array in
            var found: [String: [String]] = [:]
            for item in array.elements {
                for (name, value) in item.members { found[name.string ?? "", default: []].append(value.string ?? "") }
            }
            return found
        }
    }

    private static func body(_ count: Int, content: String = "x") -> String {
        #"{"tasks":[\#((0..<count).map { #"{"id":\#($0),"content":"\#(content)"}"# }.joined(separator: ","))]}"#
    }

    private static func new(_ content: String) -> String { #"{"tasks":[{"content":"\#(content)"}]}"# }

    // MARK: UUIDs

    @Test func `a UUID is of version 8, and one of its own for each item, field and message`() throws {
        var all: [String] = []
        for id in ["m1", "m2"] {
            let found = try Self.items(Fixtures.delivery(Self.body(3), messageId: id), Self.referenced)
            all += found["ref"] ?? []
            for text in found["other"] ?? [] {
                #expect(text.count == 73)
                all += [String(text.dropFirst().prefix(36)), String(text.suffix(36))]
            }
        }
        #expect(all.count == 18 && Set(all).count == 18)
        for text in all {
            #expect(
                text.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil,
                "\(text)")
        }
    }

    @Test(
        "a message that comes again under its id has the same UUIDs, in any gateway",
        arguments: [
            ("m1", ""), ("m1", "      messageId: { header: id }"), ("m1", "      messageId: $.other"),
        ])
    func again(messageId: String, more: String) throws {
        func refs(_ number: UInt64, _ seed: UInt64) throws -> [String] {
            let delivery = Fixtures.delivery(
                Self.body(2), number: number, channel: number, messageId: messageId, redelivered: number > 1)
            return try Self.items(delivery, Self.referenced, seed: seed, more: more)["ref"] ?? []
        }
        let first = try refs(1, 7)
        #expect(first.count == 2)
        #expect(try refs(9, 8) == first)
    }

    @Test func `two equal messages without an id have other UUIDs; so has another body under the same id`() throws {
        let without = Fixtures.delivery(Self.body(1))
        let first = try Self.items(without, Self.referenced, seed: 1)["ref"]
        #expect(try Self.items(without, Self.referenced, seed: 2)["ref"] != first)
        let one = try Self.items(Fixtures.delivery(Self.body(1), messageId: "m"), Self.referenced)["ref"]
        let other = try Self.items(
            Fixtures.delivery(Self.body(1, content: "y"), messageId: "m"), Self.referenced)["ref"]
        #expect(one != other)
    }

    @Test func `the message-id in the body counts, where the mapping reads it`() throws {
        func ref(_ id: String, outer: String) throws -> [String]? {
            try Self.items(
                Fixtures.delivery(#"{"id":"\#(id)","tasks":[{"id":1}]}"#, messageId: outer), Self.referenced,
                more: "      messageId: $.id")["ref"]
        }
        #expect(try ref("a", outer: "m1") == ref("a", outer: "m2"))
        #expect(try ref("a", outer: "m1") != ref("b", outer: "m1"))
    }

    // MARK: Numbers

    /// Runs deliveries, each event in turn, through a route of its own.
    private static func run(
        _ events: [[Delivery]], on store: FaultyStore, _ sequences: FaultySequences, fields: String = numbered,
        intake: Intake = Intake()
    ) async throws -> HandSource {
        let (route, catalogs) = try route(fields)
        let source = HandSource()
        for event in events { source.deliver(event) }
        source.stop()
        await Route(
            name: "tasks", sources: [source], lanes: (0..<2).map { _ in [store, store] }, limits: Limits(),
            companies: [], shapes: route.shapes, catalogs: { catalogs }, sequences: sequences,
            environment: Fixtures.environment, observer: RecordingObserver(), intake: intake, sourceChanged: { _ in }
        ).run()
        return source
    }

    /// Contents by number, ordered.
    private static func tasks(_ store: FaultyStore) -> [(id: Int64, content: String)] {
        store.documents(in: "task").values.map { bytes in
            bytes.withUnsafeBytes { document in
                let fields = BSONElements(document)
                return (
                    fields.first(named: "id")?.integer ?? -1, fields.first(named: "content")?.text ?? ""
                )
            }
        }.sorted { $0.0 < $1.0 }
    }

    private static func deliveries(_ range: Range<Int>) -> [Delivery] {
        range.map { Fixtures.delivery(new("t\($0)"), number: UInt64($0 + 1), messageId: "m\($0)") }
    }

    @Test("numbers begin at the first, in the order of the messages and without gaps", arguments: [1, 3, 50])
    func order(atOnce: Int) async throws {
        let store = FaultyStore()
        let sequences = FaultySequences()
        let events = stride(from: 0, to: 50, by: atOnce).map { Self.deliveries($0..<min(50, $0 + atOnce)) }
        let source = try await Self.run(events, on: store, sequences)
        #expect(source.acknowledged.last?.number == 50)
        let tasks = Self.tasks(store)
        #expect(tasks.map(\.id) == Array(1...50))
        #expect(tasks.map(\.content) == (0..<50).map { "t\($0)" })
        // Once for what comes together.
        #expect(sequences.calls == events.count)
        let next = try await sequences.reserve(1, of: "tasks", from: 1)
        #expect(next == 51..<52)
    }

    @Test func `a sequence can begin above existing records; items with a number of their own take none`() async throws
    {
        let store = FaultyStore()
        let body = #"{"tasks":[{"content":"a"},{"id":3,"content":"b"},{"content":"c"}]}"#
        _ = try await Self.run(
            [[Fixtures.delivery(body, messageId: "m")]], on: store, FaultySequences(),
            fields: "id: { path: .id, default: { sequence: { name: tasks, from: 6 } } }\ncontent: .content")
        #expect(Self.tasks(store).map(\.id) == [3, 6, 7])
        #expect(Self.tasks(store).map(\.content) == ["b", "a", "c"])
    }

    @Test func `a message of more items than anybody reserved has all its numbers, also a large one`() async throws {
        let store = FaultyStore()
        let sequences = FaultySequences()
        // Larger than what is otherwise read in windows.
        let items = (0..<6000).map { #"{"content":"t\#($0)\#(String(repeating: "x", count: 60))"}"# }
        let body = #"{"tasks":[\#(items.joined(separator: ","))]}"#
        _ = try await Self.run(
            [
                [
                    Fixtures.delivery(Self.new("first"), number: 1, messageId: "a"),
                    Fixtures.delivery(body, number: 2, messageId: "b"),
                ], [Fixtures.delivery(Self.new("last"), number: 3, messageId: "c")],
            ], on: store, sequences)
        let tasks = Self.tasks(store)
        #expect(tasks.map(\.id) == Array(1...6002))
        #expect(tasks.first?.content == "first" && tasks.last?.content == "last")
    }

    @Test("whatever fails, each message has one record, and no number is given twice", arguments: 0..<30)
    func exactlyOnce(seed: UInt64) async throws {
        var random = Seeded(seed)
        let store = FaultyStore()
        let sequences = FaultySequences()
        let count = 60
        var from = 0
        var channel: UInt64 = 1
        while from < count {
            let stores: [FaultyStore.Fault] = [.unavailable, .unavailableAfterCommit, .raceLost]
            let faults: [FaultySequences.Fault] = [.unavailable, .unavailableAfterwards, .unknown]
            store.fail(
                with: (0..<4).compactMap { _ in Bool.random(using: &random) ? stores.randomElement(using: &random) : nil
                })
            // Not so many that one is refused.
            sequences.fail(with: (0..<2).compactMap { _ in faults.randomElement(using: &random) })
            let deliveries = (from..<count).enumerated().map { index, number in
                Fixtures.delivery(
                    Self.new("t\(number)"), number: UInt64(index + 1), channel: channel, messageId: "m\(number)",
                    redelivered: channel > 1)
            }
            let (route, catalogs) = try Self.route(Self.numbered)
            let source = HandSource()
            var limits = Limits()
            limits.batchItems = Int.random(in: 1...6, using: &random)
            let running = Route(
                name: "tasks", sources: [source], lanes: (0..<3).map { _ in [store, store] }, limits: limits,
                companies: [], shapes: route.shapes, catalogs: { catalogs }, sequences: sequences,
                environment: Fixtures.environment, observer: RecordingObserver(), sourceChanged: { _ in })
            var rest = deliveries[...]
            while !rest.isEmpty {
                let event = rest.prefix(Int.random(in: 1...20, using: &random))
                source.deliver(Array(event))
                rest = rest.dropFirst(event.count)
            }
            source.stop()
            let settles = store.settles + Int.random(in: 1...15, using: &random)
            let task = Task { await running.run() }
            if channel < 5 {
                while store.settles < settles, source.acknowledged.last?.number != UInt64(deliveries.count) {
                    await Task.yield()
                }
                // As a process that ends: what it reserved is lost.
                task.cancel()
            }
            await task.value
            from += Int(source.acknowledged.last?.number ?? 0)
            channel += 1
        }
        let tasks = Self.tasks(store)
        #expect(tasks.count == count && Set(tasks.map(\.id)).count == count)
        #expect(Set(tasks.map(\.content)) == Set((0..<count).map { "t\($0)" }))
        #expect(store.documents(in: StoreCollections.deadLetters).isEmpty)
        let given = sequences.given.sorted { $0.lowerBound < $1.lowerBound }
        #expect(zip(given, given.dropFirst()).allSatisfy { $0.upperBound <= $1.lowerBound })
        let numbers = Set(given.flatMap { Array($0) })
        #expect(tasks.allSatisfy { numbers.contains($0.id) })
    }

    @Test
    func `a sequence that cannot go on rejects the items that need it, whatever onError says; once mended it does`()
        async throws
    {
        let store = FaultyStore()
        let sequences = FaultySequences()
        func put(_ next: (inout BSONWriter) -> Void) {
            sequences.store.put(
                .document { row in
                    row.append("_id", string: "tasks")
                    next(&row)
                }, in: StoreCollections.sequences)
        }
        put { $0.append("next", string: "six") }
        let body = #"{"tasks":[{"content":"a"},{"id":3,"content":"b"}]}"#
        let source = try await Self.run([[Fixtures.delivery(body, messageId: "m")]], on: store, sequences)
        #expect(source.acknowledged.last?.number == 1)
        #expect(Self.tasks(store).map(\.id) == [3])
        let letters = store.documents(in: StoreCollections.deadLetters).values.map { letter in
            letter.withUnsafeBytes { BSONText.text(document: $0) }
        }
        #expect(letters.count == 1)
        #expect(letters.first?.contains(#""code":"mappingFailed""#) == true, "\(letters)")
        #expect(letters.first?.contains("gateway.sequences: the row 'tasks'") == true, "\(letters)")
        put { $0.append("next", int64: 6) }
        _ = try await Self.run([[Fixtures.delivery(Self.new("c"), messageId: "n")]], on: store, sequences)
        #expect(Self.tasks(store).map(\.id) == [3, 6])
    }

    @Test func `an unknown error is tried again, and ends as a rejected item, never with a wrong number`() async throws
    {
        let store = FaultyStore()
        let sequences = FaultySequences()
        sequences.fail(with: [.unknown, .unknown, .unavailable, .unknown])
        _ = try await Self.run([Self.deliveries(0..<1)], on: store, sequences)
        #expect(Self.tasks(store).isEmpty && store.documents(in: StoreCollections.deadLetters).count == 1)
        #expect(sequences.calls == 4)
        _ = try await Self.run([Self.deliveries(1..<2)], on: store, sequences)
        #expect(Self.tasks(store).map(\.id) == [1])
    }

    @Test func `while the store is away the message waits, and stays with its source at the end`() async throws {
        let store = FaultyStore()
        let sequences = FaultySequences()
        sequences.fail(with: [FaultySequences.Fault](repeating: .unavailable, count: 1_000_000))
        let intake = Intake()
        async let source = Self.run([Self.deliveries(0..<2)], on: store, sequences, intake: intake)
        while sequences.calls < 20 { await Task.yield() }
        intake.shut()
        #expect(try await source.acknowledged.isEmpty)
        #expect(store.settles == 0)
    }

    // MARK: Offline

    @Test func `a dry run gives the same each time, from the first number or the stored one`() async throws {
        let fields = "id: { sequence: { name: tasks, from: 6 } }\ncontent: .content\nref: { new: uuid }"
        let (route, catalogs) = try Self.route(fields)
        func records(stored: Int64? = nil) async throws -> [StoredRecord] {
            let store = InMemoryStore()
            for number in 0..<2 {
                let dryRun = RouteDryRun(
                    route, catalogs: catalogs, now: Fixtures.now, store: store, first: UInt64(number) << 20,
                    loading: { collection, ids throws(StoreError) in
                        guard let stored, collection == StoreCollections.sequences, ids == ["tasks"] else { return [] }
                        return [.document { SequenceRow(name: "tasks", next: stored).append(to: &$0) }]
                    })
                for id in ["m\(number)", nil] {
                    _ = try await dryRun.receive(
                        dryRun.delivery(Array(Self.new("a").utf8), messageId: id))
                }
            }
            return [] + RouteDryRun(route, catalogs: catalogs, now: Fixtures.now, store: store).stored(in: "task")
        }
        let texts = try await records().map { $0.text(like: nil) }
        #expect(texts.count == 4 && Set(texts).count == 4)
        #expect(try await records().map { $0.text(like: nil) } == texts)
        for (index, number) in (6...9).enumerated() { #expect(texts[index].contains("\(number)"), "\(texts[index])") }
        let later = try await records(stored: 41).map { $0.text(like: nil) }
        for (index, number) in (41...44).enumerated() { #expect(later[index].contains("\(number)"), "\(later[index])") }
    }
}
