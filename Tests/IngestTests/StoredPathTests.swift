import BSON
import Contracts
import Ingest
import IngestTesting
import JSON
import Mappings
import Testing

/// `~`, the stored record: in conditions before an item, in postings after it.
@Suite struct StoredPathTests {
    private static let mapping = """
        routes:
          test:
            from: { amqp: { queue: q } }
            definition: catalogBrand
            message:
              companyId: { value: c }
              items: $.items[*]
              operation: .operation
              if: { path: ~.name, notEquals: closed }
              fields: { code: .code, name: .name }
            to:
              - mongodb
              - amqp: { queue: changes, outcomes: [inserted, updated, deleted], body: { code: ~.code, is: ~.name } }
        """

    private func run(_ messages: [String], store: FaultyStore = FaultyStore(), limits: Limits = Limits()) async throws
        -> FaultyStore
    {
        let (table, mistakes) = MappingCompiler.compile(
            files: [("r.yaml", Self.mapping)], context: MappingContext(settings: [], catalogs: Fixtures.catalogs))
        #expect(mistakes.isEmpty, "\(mistakes)")
        let mapping = try #require(table?.routes.first)
        let source = HandSource()
        let route = Route(
            name: "test", sources: [source], lanes: [[store, store]], limits: limits, companies: [],
            shapes: mapping.shapes, catalogs: { Fixtures.catalogs }, environment: Fixtures.environment,
            observer: RecordingObserver(), sourceChanged: { _ in })
        source.deliver(
            messages.enumerated().map {
                Fixtures.delivery(
                    $1, number: UInt64($0 + 1), messageId: "\(store.documents(in: StoreCollections.ledger).count)-\($0)"
                )
            })
        source.stop()
        await route.run()
        return store
    }

    private func postings(_ store: FaultyStore) -> [String] {
        store.documents(in: StoreCollections.postings).sorted { $0.key < $1.key }.compactMap { row in
            row.value.withUnsafeBytes { PostingRow(bson: $0) }.map { String(decoding: $0.body, as: UTF8.self) }
        }
    }

    private func items(_ all: [(String, String, String)]) -> String {
        let items = all.map { #"{"operation":"\#($0.0)","code":"\#($0.1)","name":"\#($0.2)"}"# }
        return #"{"items":[\#(items.joined(separator: ","))]}"#
    }

    @Test func `a posting shows the record as each item leaves it, and a deleted one as it was`() async throws {
        let store = try await run([
            items([("I", "a", "1"), ("U", "a", "2"), ("U", "a", "2"), ("D", "a", "x"), ("IU", "a", "3")])
        ])
        #expect(
            postings(store) == [
                #"{"code":"a","is":"1"}"#, #"{"code":"a","is":"2"}"#, #"{"code":"a","is":"2"}"#,
                #"{"code":"a","is":"3"}"#,
            ])
    }

    @Test func `a condition is judged after the items before it, in one batch and over batches`() async throws {
        for size in [1, 2, 1000] {
            var limits = Limits()
            limits.batchItems = size
            let store = try await run(
                [
                    items([("I", "a", "open"), ("U", "a", "closed"), ("U", "a", "open"), ("D", "a", "x")]),
                    items([("IU", "a", "again"), ("IU", "b", "new")]),
                ], limits: limits)
            let letters = Array(store.documents(in: StoreCollections.deadLetters).values)
            let codes = letters.flatMap { letter in
                letter.withUnsafeBytes { bytes in
                    BSONElements(bytes).first(named: "reasons")?.elements.map { reasons in
                        reasons.compactMap { $0.elements?.first(named: "code")?.text }
                    } ?? []
                }
            }
            #expect(codes == ["guard", "guard", "guard"], "batches of \(size)")
            #expect(postings(store).count == 3)
            #expect(store.documents(in: "brand").count == 2)
        }
    }

    @Test func `postings of large records are made in several transactions`() async throws {
        let name = String(repeating: "n", count: 1 << 20)
        let store = try await run([items((0..<40).map { ("I", "\($0)", name) })])
        let before = postings(store).count
        // Small items; each posts its record of a megabyte.
        _ = try await run([items((0..<40).map { ("IU", "\($0)", "x") })], store: store)
        #expect(before == 40)
        _ = try await run(
            [#"{"items":["# + (0..<40).map { #"{"operation":"D","code":"\#($0)"}"# }.joined(separator: ",") + "]}"],
            store: store)
        #expect(store.documents(in: "brand").count == 0)
        #expect(postings(store).count == 120)
    }
}
