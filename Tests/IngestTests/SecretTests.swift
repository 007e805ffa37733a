import BSON
import Contracts
@testable import Ingest
import IngestTesting
import JSON
import Mappings
import Schemas
import Testing

/// No reason shows the value of a field that is marked `x-secret`.
@Suite struct SecretTests {
    private static let definition = #"""
        {"$schema":"urn:promo-gateway:definition:1","x-catalog":"catalogOffer","x-key":["code"],"type":"object",
        "required":["code"],"properties":{"code":{"type":"string"},
        "pin":{"type":["integer","null"],"x-secret":true},
        "alias":{"anyOf":[{"type":"string","maxLength":3,"x-secret":true},{"type":"null"}]},
        "brand":{"type":"string","x-ref":"catalogBrand","x-ref-policy":"reject","x-secret":true},
        "inner":{"type":"object","properties":{"key":{"x-secret":true}}}}}
        """#

    @Test(
        "of an item as it is",
        arguments: [
            #""pin":"hunter2""#, #""alias":"hunter2""#, #""brand":"hunter2""#,
            #""inner":{"key":0.1234567890123456789099}"#,
            #""inner":{"key":[{"a":0.1234567890123456789099}]}"#,
        ])
    func items(field: String) async throws {
        let body = #"{"companyId":"c","catalog":"catalogOffer","items":[{"operation":"I","code":"1",\#(field)}]}"#
        let message = MessageDecoder(limits: Limits()).decode(
            Fixtures.delivery(body), catalogs: try Fixtures.catalogs(with: Self.definition), now: Fixtures.now)
        try await expectSecret(ItemPreparer(limits: Limits()).prepare(message))
    }

    @Test(
        "of a mapped item",
        arguments: [
            "pin: { path: .pin, integer: true }", "pin: { path: .pin, table: { a: 1, hunter3: 2 } }",
            "alias: { path: .pin, date: dd/MM/yyyy }", "brand: .pin",
            "inner: { fields: { key: { path: .pin, integer: true } } }",
        ])
    func mapped(field: String) async throws {
        let catalogs = try Fixtures.catalogs(with: Self.definition)
        let (table, mistakes) = MappingCompiler.compile(
            files: [
                (
                    "m.yaml",
                    """
                    routes:
                      r:
                        from: { amqp: { queue: q } }
                        definition: catalogOffer
                        message:
                          companyId: c
                          items: $.a[*]
                          operation: IU
                          fields:
                            code: .code
                            \(field)
                    """
                )
            ], context: MappingContext(settings: [], catalogs: catalogs))
        let route = try #require(table?.routes.first, "\(mistakes)")
        let decoder = MessageDecoder(limits: Limits(), shapes: route.shapes)
        let message = decoder.decode(
            Fixtures.delivery(#"{"a":[{"code":"1","pin":"hunter2"}]}"#), catalogs: catalogs, now: Fixtures.now)
        try await expectSecret(ItemPreparer(limits: Limits()).prepare(message))
    }

    @Test(
        "of what is made of a mapped item",
        arguments: [
            // A field that is secret in its own definition, in that of the further record, or nobody knows.
            "{ mongodb: { definition: catalogTrace, operation: I, fields: { id: .code, open: { path: .pin, integer: true } } } }",
            "{ mongodb: { definition: catalogTrace, operation: I, fields: { id: .code, open: { path: ~.pin, integer: true } } } }",
            "{ mongodb: { definition: catalogTrace, operation: I, fields: { id: .code, open: { path: '$.items[0].pin', integer: true } } } }",
            "{ mongodb: { definition: catalogTrace, operation: I, fields: { id: .code, token: { path: .open, integer: true } } } }",
            "{ mongodb: { definition: catalogTrace, operation: I, fields: { id: .code, token: .open } } }",
            "{ mongodb: { definition: catalogTrace, operation: I, when: { path: .pin, above: 5 }, fields: { id: .code } } }",
            "{ mongodb: { definition: catalogTrace, operation: I, fields: { id: .code, open: { path: ., jq: '.pin | error' } } } }",
            "{ amqp: { queue: out, body: { p: { path: .pin, integer: true } } } }",
            "{ amqp: { queue: out, body: { p: { path: ~.pin, integer: true } } } }",
            "{ amqp: { queue: out, headers: { p: { path: .pin, integer: true } } } }",
            "{ amqp: { queue: out, when: { path: ~.pin, above: 5 } } }",
        ])
    func made(target: String) async throws {
        try await expectSecret(try prepared(target: target))
    }

    @Test func `of a condition on its record`() async throws {
        let store = FaultyStore()
        store.put(
            [UInt8].document {
                $0.append("_id", string: "c|1")
                $0.append("pin", string: "hunter2")
            }, in: "hidden")
        try await expectSecret(try prepared(target: "{ log: {} }", guarded: true), store)
    }

    /// So that the sender can correct it.
    @Test func `of other fields the value is shown`() async throws {
        let store = FaultyStore()
        let prepared = try prepared(
            target: """
                { mongodb: { definition: catalogTrace, operation: I, fields: { id: .code, open: { path: .open, integer: true } } } }
                """)
        let text = try await reasons(of: prepared, store)
        #expect(text.contains("hunter2-open") && !text.contains("(secret)"), "\(text)")
    }

    /// An item whose fields `pin`, which is secret, and `open` are texts.
    private func prepared(target: String, guarded: Bool = false) throws -> PreparedMessage {
        let hidden = #"""
            {"$schema":"urn:promo-gateway:definition:1","x-catalog":"catalogHidden","x-key":["code"],"type":"object",
            "required":["code"],"properties":{"code":{"type":"string"},"pin":{"type":"string","x-secret":true},
            "open":{"type":"string"}}}
            """#
        let trace = #"""
            {"$schema":"urn:promo-gateway:definition:1","x-catalog":"catalogTrace","x-key":["id"],"type":"object",
            "required":["id"],"properties":{"id":{"type":"string"},"open":{"type":"integer"},
            "token":{"type":"integer","x-secret":true}}}
            """#
        let catalogs = try Fixtures.catalogs.adding(files: [
            DefinitionFile(name: "hidden.json", bytes: Array(hidden.utf8)),
            DefinitionFile(name: "trace.json", bytes: Array(trace.utf8)),
        ])
        let text = """
            routes:
              r:
                from: { amqp: { queue: q } }
                definition: catalogHidden
                message:
                  companyId: c
                  items: $.a[*]
                  operation: IU
                  fields: { code: .code, pin: .pin, open: .open }
            \(guarded ? "      if: { path: ~.pin, above: 5 }" : "")
                to: [mongodb, \(target)]
            """
        let (table, mistakes) = MappingCompiler.compile(
            files: [("m.yaml", text)], context: MappingContext(settings: [], catalogs: catalogs))
        let route = try #require(table?.routes.first, "\(mistakes)")
        let decoder = MessageDecoder(limits: Limits(), shapes: route.shapes)
        let body = #"{"a":[{"code":"1","pin":"hunter2","open":"hunter2-open"}]}"#
        return ItemPreparer(limits: Limits()).prepare(
            decoder.decode(Fixtures.delivery(body), catalogs: catalogs, now: Fixtures.now))
    }

    /// The item is rejected, and its dead letter's reasons do not show the value.
    private func expectSecret(_ prepared: PreparedMessage, _ store: FaultyStore = FaultyStore()) async throws {
        let reasons = try await reasons(of: prepared, store)
        let told = store.documents(in: StoreCollections.postings).values.map { String(decoding: $0, as: UTF8.self) }
        #expect(!reasons.isEmpty && told.count == 1)
        for text in [reasons] + told {
            #expect(!text.contains("hunter2") && !text.contains("0.1234"), "\(text)")
            #expect(text.contains("(secret)"), "\(text)")
        }
    }

    /// The reasons of the dead letter of a message with one item.
    private func reasons(of prepared: PreparedMessage, _ store: FaultyStore) async throws -> String {
        let plan = BatchPlan(
            Batch(segments: [Segment(message: prepared, range: 0..<1)]),
            context: PlanContext(route: "t", now: Fixtures.now, seed: 1, resultQueue: "results"))
        let result = try await store.settle(plan.reads) { plan.plan($0) }
        #expect(result.segments.first?.outcomes == [.rejected])
        let letter = try #require(store.documents(in: StoreCollections.deadLetters).values.first)
        var text: [UInt8] = []
        letter.withUnsafeBytes { bytes in
            if let list = BSONElements(bytes).first(named: "reasons") { BSONText.append(list, to: &text) }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
