import BSON
import Contracts
import DryRun
@testable import Ingest
import IngestTesting
import JSON
import Schemas
import Testing

/// References to other catalogs, looked up in the batch's own transaction.
@Suite struct ReferenceTests {
    private static func catalogs(policy: String) throws -> Catalogs {
        let definition = """
            {"$schema":"urn:promo-gateway:definition:1","x-catalog":"catalogOffer","x-collection":"offer",
            "x-key":["code"],"type":"object","required":["code"],"properties":{
            "code":{"type":"string","minLength":1},
            "number":{"type":"integer","x-ref":"catalogBrand","x-ref-policy":"\(policy)"},
            "brand":{"type":["string","null"],"x-ref":"catalogBrand","x-ref-policy":"\(policy)"},
            "items":{"type":["array","null"],"items":{"type":"string"},"x-ref":"catalogItem","x-ref-policy":"\(policy)"}}}
            """
        return try Fixtures.catalogs.adding(files: [DefinitionFile(name: "offer.json", bytes: Array(definition.utf8))])
    }

    private func settle(
        _ bodies: [String], policy: String
    ) async throws -> (store: InMemoryStore, observer: RecordingObserver) {
        let catalogs = try Self.catalogs(policy: policy)
        let store = InMemoryStore()
        let observer = RecordingObserver()
        let source = HandSource()
        source.deliver(
            bodies.enumerated().map { Fixtures.delivery($1, number: UInt64($0 + 1), messageId: "m\($0)") })
        source.stop()
        await Route(
            name: "test", sources: [source], lanes: [[store, store]], limits: Limits(), companies: [],
            catalogs: { catalogs },
            environment: Fixtures.environment, observer: observer, sourceChanged: { _ in }
        ).run()
        return (store, observer)
    }

    private let brand =
        #"{"companyId":"c","catalog":"catalogBrand","items":[{"operation":"I","code":"sony","name":"n"}]}"#

    private func offer(_ fields: String, operation: String = "I") -> String {
        #"{"companyId":"c","catalog":"catalogOffer","items":[{"operation":"\#(operation)","code":"o"\#(fields)}]}"#
    }

    @Test func `a record that an earlier message of the same batch inserts is there`() async throws {
        let (store, _) = try await settle([brand, offer(#","brand":"sony""#)], policy: "reject")
        #expect(store.documents(in: "offer").count == 1)
    }

    @Test func `a reference that leads nowhere is rejected by name, and null refers to nothing`() async throws {
        let (store, _) = try await settle(
            [offer(#","brand":"sony""#), offer(#","brand":null"#, operation: "IU")], policy: "reject")
        #expect(store.documents(in: "offer").count == 1)
        let letter = try #require(store.documents(in: StoreCollections.deadLetters).values.first)
        letter.withUnsafeBytes { bytes in
            let reason = BSONElements(bytes).first(named: "reasons")?.elements?.first { _ in true }?.elements
            #expect(reason?.first(named: "keyword")?.text == "x-ref")
            #expect(reason?.first(named: "pointer")?.text == "/items/0/brand")
        }
    }

    @Test(arguments: ["1", "1.0", "1e0", "10E-1"])
    func `a whole number refers to a record by its digits, however it is written`(_ number: String) async throws {
        let (store, _) = try await settle(
            [brand.replacing("sony", with: "1"), offer(#","number":\#(number)"#)], policy: "reject")
        #expect(store.documents(in: "offer").count == 1)
    }

    @Test func `every element of a list is looked up`() async throws {
        let item = #"{"companyId":"c","catalog":"catalogItem","items":[{"operation":"I","code":"a","name":"n"}]}"#
        let (store, _) = try await settle([item, offer(#","items":["a","b"]"#)], policy: "reject")
        #expect(store.documents(in: "offer").isEmpty)
    }

    @Test func `a record deleted before in the batch is gone`() async throws {
        let delete = brand.replacing(#""I""#, with: #""D""#)
        let (store, _) = try await settle([brand, delete, offer(#","brand":"sony""#)], policy: "reject")
        #expect(store.documents(in: "offer").isEmpty)
    }

    @Test func `catalogs that refer to one another keep one order, over several lanes too`() async throws {
        let catalogs = try Self.catalogs(policy: "reject")
        let store = InMemoryStore()
        let source = HandSource()
        var deliveries: [Delivery] = []
        for number in 1...40 {
            let name = "b\(number)"
            let bodies = [
                brand.replacing("sony", with: name),
                offer(#","brand":"\#(name)""#).replacing(#""code":"o""#, with: #""code":"\#(name)""#),
            ]
            for body in bodies {
                let count = UInt64(deliveries.count + 1)
                deliveries.append(Fixtures.delivery(body, number: count, messageId: "m\(count)"))
            }
        }
        source.deliver(deliveries)
        source.stop()
        var limits = Limits()
        limits.batchItems = 1
        await Route(
            name: "test", sources: [source], lanes: [[store], [store], [store]], limits: limits, companies: [],
            catalogs: { catalogs }, environment: Fixtures.environment, observer: RecordingObserver(),
            sourceChanged: { _ in }
        ).run()
        #expect(store.documents(in: "offer").count == 40)
    }

    @Test func `with the policy warn the item is applied and the reference told`() async throws {
        let (store, observer) = try await settle([offer(#","brand":"sony""#)], policy: "warn")
        #expect(store.documents(in: "offer").count == 1)
        #expect(observer.settled.flatMap(\.result.warnings).count == 1)
    }
}
