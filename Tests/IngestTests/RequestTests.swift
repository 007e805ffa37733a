import BSON
import Contracts
import Crypto
import Ingest
import IngestTesting
import JSON
import Mappings
import Schemas
import Testing

/// Requests: each is answered exactly once, after its effect is durable, and the same request is answered the same.
@Suite struct RequestTests {
    private static let mapping = """
        routes:
          test:
            from: { http: { method: POST, path: "/brands/{code}" } }
            definition: catalogBrand
            message:
              companyId: { value: c }
              items: $
              operation: { path: .operation, default: { value: IU } }
              fields:
                code: { parameter: code }
                name: .name
            respond:
              inserted: { text: Created, headers: { Location: { concat: [/brands/, .code] } } }
              updated: { body: { is: .name } }
              notFound: { status: 410 }
        """

    private static func route() throws -> RouteMapping {
        let (table, mistakes) = MappingCompiler.compile(
            files: [("r.yaml", mapping)], context: MappingContext(settings: [], catalogs: Fixtures.catalogs))
        #expect(mistakes.isEmpty, "\(mistakes)")
        return try #require(table?.routes.first)
    }

    private func run(
        _ deliveries: [Delivery], stores: [FaultyStore], mapping: RouteMapping? = nil, limits: Limits = Limits(),
        catalogs: Catalogs = Fixtures.catalogs
    ) async -> [UInt64: [RequestAnswer]] {
        let source = HandSource()
        let route = Route(
            name: "test", sources: [source], lanes: stores.map { [$0, $0] }, limits: limits, companies: [],
            shapes: mapping?.shapes ?? [.catalog], answers: mapping?.answers ?? .usual,
            catalogs: { catalogs }, environment: Fixtures.environment, observer: RecordingObserver(),
            sourceChanged: { _ in })
        source.deliver(deliveries)
        source.stop()
        await route.run()
        return Dictionary(grouping: source.answers) { $0.tag.channel }.mapValues { $0.map(\.answer) }
    }

    private func request(
        _ code: String, _ body: String, _ number: UInt64, key: String, _ header: (name: String, value: String)? = nil
    ) -> Delivery {
        Fixtures.request(
            body, number: number, key: key, path: "/brands/\(code)", parameters: [.init(name: "code", value: code)],
            headers: header.map { [.init(name: $0.name, value: $0.value)] } ?? [])
    }

    private func text(_ answers: [RequestAnswer]?) -> String {
        String(decoding: answers?.first?.body ?? [], as: UTF8.self)
    }

    @Test func `a request is answered by what came of its item`() async throws {
        let store = FaultyStore()
        let answers = await run(
            [
                request("a", #"{"name":"A"}"#, 1, key: "k1"), request("a", #"{"name":"B"}"#, 2, key: "k2"),
                request("a", #"{"name":"B"}"#, 3, key: "k3"), request("a", #"{"operation":"D"}"#, 4, key: "k4"),
                request("a", #"{"operation":"U","name":"C"}"#, 5, key: "k5"),
                request("a", #"{"operation":"I","name":7}"#, 6, key: "k6"), request("a", "no json", 7, key: "k7"),
            ], stores: [store], mapping: try Self.route())
        #expect(answers.count == 7)
        #expect(answers.values.allSatisfy { $0.count == 1 })
        #expect(answers[1]?.first?.status == 201)
        #expect(text(answers[1]) == "Created")
        #expect(answers[1]?.first?.headers.contains(.init(name: "location", value: "/brands/a")) == true)
        #expect(answers[2]?.first?.status == 200)
        #expect(text(answers[2]) == #"{"is":"B"}"#)
        #expect(answers[3]?.first?.status == 200)
        #expect(answers[4]?.first == RequestAnswer(status: 204))
        #expect(answers[5]?.first?.status == 410)
        #expect(text(answers[5]).contains(#""code":"notFound""#))
        #expect(answers[6]?.first?.status == 400)
        #expect(text(answers[6]).contains(#""pointer":"/name""#))
        #expect(answers[7]?.first?.status == 400)
        #expect(text(answers[7]).contains(#""code":"notJson""#))
        #expect(store.documents(in: StoreCollections.deadLetters).isEmpty)
    }

    @Test func `another request under a key is answered 422, and the first one keeps its row`() async throws {
        let store = FaultyStore()
        let answers = await run(
            [
                request("a", #"{"name":"A"}"#, 1, key: "k"), request("a", #"{"name":"B"}"#, 2, key: "k"),
                // The same body for another record.
                request("b", #"{"name":"A"}"#, 3, key: "k"), request("a", #"{"name":"A"}"#, 4, key: "k"),
            ], stores: [store], mapping: try Self.route())
        #expect(answers[1]?.map(\.status) == [201])
        #expect(answers[2]?.map(\.status) == [422])
        #expect(answers[3]?.map(\.status) == [422])
        #expect(answers[4] == answers[1])
        #expect(store.documents(in: StoreCollections.ledger).count == 1)
        #expect(store.documents(in: "brand").count == 1)
    }

    @Test func `each caller has keys of its own, and without callers nothing changes`() async throws {
        let store = FaultyStore()
        let callers = ["ana", "ben", "a|b", "a\\|b", nil]
        let answers = await run(
            callers.enumerated().flatMap { index, caller in
                [0, 1].map { again in
                    Fixtures.request(
                        #"{"name":"A"}"#, number: UInt64(index * 2 + again), key: "k", path: "/brands/\(index)",
                        parameters: [.init(name: "code", value: "\(index)")], principal: caller)
                }
            }, stores: [store], mapping: try Self.route())
        #expect(answers.values.flatMap { $0 }.map(\.status) == Array(repeating: 201, count: callers.count * 2))
        #expect(store.documents(in: StoreCollections.ledger).count == callers.count)
        #expect(store.documents(in: "brand").count == callers.count)
    }

    @Test func `a list of items is answered with the result`() async {
        let items = #"[{"operation":"I","code":"a","name":"A"},{"operation":"U","code":"b","name":"B"}]"#
        let answers = await run(
            [
                Fixtures.request(#"{"companyId":"c","catalog":"catalogBrand","items":\#(items)}"#, number: 1, key: "1"),
                Fixtures.request(
                    #"{"companyId":"c","catalog":"catalogBrand","items":[{"operation":"U","code":"b","name":"B"}]}"#,
                    number: 2, key: "2"),
            ], stores: [FaultyStore()])
        #expect(answers[1]?.map(\.status) == [200])
        #expect(text(answers[1]).contains(#""outcome":"partlyRejected""#))
        #expect(answers[2]?.map(\.status) == [422])
    }

    /// What each request with these headers is answered, one after the other, from a record that is there or not.
    @Test(
        "a precondition is asked of the stored record",
        arguments: [
            ("U", true, "if-match", "TAG", 200), ("U", true, "if-match", "*", 200),
            ("U", true, "if-match", "\"x\", TAG", 200),
            ("U", true, "if-match", "\"x\"", 412), ("U", true, "if-match", "W/TAG", 412),
            ("U", true, "if-match", "", 412),
            ("U", true, "if-match", "LIST", 412), ("U", true, "if-match", "OTHER", 412),
            ("D", true, "if-match", "TAG", 204),
            ("D", true, "if-match", "OTHER", 412), ("IU", true, "if-match", "TAG", 200),
            ("IU", true, "if-match", "OTHER", 412),
            ("U", false, "if-match", "*", 410), ("D", false, "if-match", "*", 412),
            ("IU", false, "if-match", "TAG", 412),
            ("I", true, "if-none-match", "*", 412), ("I", false, "if-none-match", "*", 201),
            ("IU", true, "if-none-match", "*", 412),
            ("IU", false, "if-none-match", "*", 201), ("U", true, "if-none-match", "TAG", 412),
            ("U", true, "if-none-match", "W/TAG", 412), ("U", true, "if-none-match", "OTHER", 200),
        ] as [(String, Bool, String, String, Int)])
    func preconditions(operation: String, isPresent: Bool, header: String, value: String, status: Int) async throws {
        let store = FaultyStore()
        if isPresent {
            _ = await run(
                [request("a", #"{"operation":"I","name":"A"}"#, 1, key: "k")], stores: [store],
                mapping: try Self.route())
        }
        let before = store.documents(in: "brand")
        let record = before.values.first.map { SHA256.hash(data: $0) } ?? SHA256.hash(data: [1])
        let tag = RecordTag.text(record: record, shown: SHA256.hash(data: [2]))
        let list = "\"" + tag.dropFirst().prefix(32) + "\""
        let tags = value.replacing("TAG", with: tag).replacing("LIST", with: list)
            .replacing("OTHER", with: RecordTag.text(record: SHA256.hash(data: [3]), shown: record))
        let second = request("a", #"{"operation":"\#(operation)","name":"B"}"#, 2, key: "l", (header, tags))
        let answers = await run([second], stores: [store], mapping: try Self.route())
        #expect(answers[2]?.map(\.status) == [status], "\(text(answers[2]))")
        if status == 412 {
            #expect(text(answers[2]).contains(#""code":"preconditionFailed""#))
            #expect(store.documents(in: "brand") == before)
        }
    }

    @Test func `of requests of one batch with the same tag, one passes`() async throws {
        let store = FaultyStore()
        _ = await run([request("a", #"{"name":"A"}"#, 1, key: "k")], stores: [store], mapping: try Self.route())
        let record = try #require(store.documents(in: "brand").values.first)
        let tag = RecordTag.text(record: SHA256.hash(data: record), shown: [])
        let all = (2...9).map { request("a", #"{"name":"\#($0)"}"#, $0, key: "k\($0)", ("if-match", tag)) }
        let answers = await run(all, stores: [store], mapping: try Self.route())
        #expect((2...9).map { answers[$0]?.first?.status } == [200] + Array(repeating: 412, count: 7))
    }

    @Test func `a list of items has no record to ask`() async {
        let one = Fixtures.request(
            #"{"companyId":"c","catalog":"catalogBrand","items":[{"operation":"I","code":"a","name":"A"}]}"#, key: "1",
            headers: [.init(name: "if-none-match", value: "*")])
        let store = FaultyStore()
        let answers = await run([one], stores: [store])
        #expect(answers[1]?.map(\.status) == [422])
        #expect(store.documents(in: "brand").isEmpty)
    }

    @Test func `with dead letters, what is wrong is kept as well`() async {
        let store = FaultyStore()
        let answers = await run(
            [
                Fixtures.request("no json", number: 1, key: "1", keepsDeadLetters: true),
                Fixtures.request("no json", number: 2, key: "2"),
            ], stores: [store])
        #expect(answers.values.allSatisfy { $0.map(\.status) == [400] })
        #expect(store.documents(in: StoreCollections.deadLetters).count == 1)
    }

    @Test func `an answer that is too large refuses its item before anything is written`() async throws {
        let store = FaultyStore()
        let name = String(repeating: "n", count: 70_000)
        let mapping = Self.mapping.replacing("text: Created", with: "body: { is: .name, again: .name }")
        let (table, _) = MappingCompiler.compile(
            files: [("r.yaml", mapping)], context: MappingContext(settings: [], catalogs: Fixtures.catalogs))
        let answers = await run(
            [request("a", #"{"name":"\#(name)"}"#, 1, key: "k1")], stores: [store],
            mapping: try #require(table?.routes.first))
        #expect(answers[1]?.map(\.status) == [413])
        #expect(store.documents(in: "brand").isEmpty)
    }

    @Test func `a refused request is answered with the record as it stays`() async throws {
        let mapping =
            Self.mapping.replacing("notFound: { status: 410 }", with: "schema: { body: { is: ~.name } }") + """

                    to:
                      - mongodb
                      - mongodb: { definition: catalogEvent, operation: I, fields: { stream: .code, version: { value: 1 }, name: ~.name } }
                """
        let (table, mistakes) = MappingCompiler.compile(
            files: [("r.yaml", mapping)],
            context: MappingContext(settings: [], catalogs: FurtherRecordTests.catalogs))
        #expect(mistakes.isEmpty, "\(mistakes)")
        let store = FaultyStore()
        let answers = await run(
            [
                request("a", #"{"name":"one"}"#, 1, key: "k1"), request("a", #"{"name":"longer"}"#, 2, key: "k2"),
                request("b", #"{"name":"longer"}"#, 3, key: "k3"),
            ], stores: [store], mapping: try #require(table?.routes.first), catalogs: FurtherRecordTests.catalogs)
        #expect(answers[1]?.map(\.status) == [201] && answers[2]?.map(\.status) == [400])
        #expect(text(answers[2]) == #"{"is":"one"}"#)
        #expect(answers[3]?.map(\.status) == [400] && !text(answers[3]).contains("longer"), "\(text(answers[3]))")
        #expect(store.documents(in: "brand").count == 1 && store.documents(in: "event").count == 1)
    }

    /// Whatever fails and however often a request is repeated: one answer for each, the same for the same, and the
    /// effect of the keys' first requests.
    @Test(arguments: 0..<60) func `one effect and one answer for each key`(seed: UInt64) async throws {
        var random = Seeded(seed)
        let store = FaultyStore()
        let faults: [FaultyStore.Fault] = [.unavailable, .unavailableAfterCommit, .raceLost]
        store.fail(with: (0..<Int.random(in: 0..<6, using: &random)).map { _ in random.pick(faults) })
        var deliveries: [Delivery] = []
        var bodies: [String: String] = [:]
        let words = ["I", "U", "IU", "D"]
        for number in 1...40 as ClosedRange<UInt64> {
            let chosen = UInt64.random(in: 0..<12, using: &random)
            let key = "k\(chosen)"
            let body =
                bodies[key]
                ?? #"{"operation":"\#(random.pick(words))","name":"\#(random.pick(["x", "y"]))"}"#
            bodies[key] = body
            // A key always means the same record.
            deliveries.append(request(String(chosen % 3), body, number, key: key))
        }
        var limits = Limits()
        limits.batchItems = Int.random(in: 1...8, using: &random)
        let answers = await run(deliveries, stores: [store], mapping: try Self.route(), limits: limits)
        #expect(answers.count == 40)
        #expect(answers.values.allSatisfy { $0.count == 1 })
        var first: [String: RequestAnswer] = [:]
        for delivery in deliveries {
            let key = "\(delivery.properties.messageId ?? "")"
            let answer = try #require(answers[delivery.tag.channel]?.first)
            #expect(first[key, default: answer] == answer)
            first[key] = answer
        }
        // Once for each key, one after the other on a store that never fails.
        var seen: Set<String> = []
        let once = deliveries.filter { seen.insert("\($0.properties.messageId ?? "")").inserted }
        let calm = FaultyStore()
        let expected = await run(once, stores: [calm], mapping: try Self.route())
        for delivery in once { #expect(answers[delivery.tag.channel] == expected[delivery.tag.channel]) }
        #expect(store.documents(in: "brand") == calm.documents(in: "brand"))
    }
}
