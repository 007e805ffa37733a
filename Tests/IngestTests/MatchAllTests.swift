import BSON
import Contracts
import DryRun
@testable import Ingest
import IngestTesting
import JSON
import Mappings
import Schemas
import Testing

/// A route whose cases all take a message: each part has its effect once, and the delivery is acknowledged when all are
/// settled.
@Suite struct MatchAllTests {
    private static let mapping = """
        routes:
          sales:
            from: { amqp: { queue: q } }
            match: all
            cases:
              - name: brands
                when: { path: $.brands, exists: true }
                definition: catalogBrand
                message:
                  companyId: c
                  items: $.brands[*]
                  operation: { path: .op }
                  fields: { code: .code, name: .name }
              - name: stock
                when: { path: $.stock, exists: true }
                definition: catalogItemStock
                message:
                  companyId: c
                  items: $.stock[*]
                  operation: IU
                  fields: { item: .item, store: { value: s }, quantity: .quantity }
              - name: zones
                when: { path: $.zone, exists: true }
                definition: catalogZone
                message:
                  companyId: c
                  items: $
                  operation: IU
                  fields: { code: .zone, name: .zone }
        """

    private static func route(_ more: String = "") throws -> RouteMapping {
        let (table, mistakes) = MappingCompiler.compile(
            files: [("m.yaml", mapping + more)],
            context: MappingContext(settings: [], catalogs: Fixtures.catalogs))
        return try #require(table?.routes.first, "\(mistakes)")
    }

    private static func run(_ deliveries: [Delivery], on store: FaultyStore, batchItems: Int = 1000, lanes: Int = 3)
        async throws -> HandSource
    {
        let route = try route()
        var limits = Limits()
        limits.batchItems = batchItems
        let source = HandSource()
        source.deliver(deliveries)
        source.stop()
        await Route(
            name: "sales", sources: [source], lanes: (0..<lanes).map { _ in [store, store] }, limits: limits,
            companies: [],
            shapes: route.shapes, takesAll: route.takesAll, ignoresOthers: route.ignoresOthers,
            catalogs: { Fixtures.catalogs }, environment: Fixtures.environment, observer: RecordingObserver(),
            sourceChanged: { _ in }
        ).run()
        return source
    }

    private func ledger(_ store: FaultyStore) -> [String: OutcomeCounts] {
        var rows: [String: OutcomeCounts] = [:]
        for (id, document) in store.documents(in: StoreCollections.ledger) {
            rows[id.description] = document.withUnsafeBytes { LedgerRow(bson: $0)?.outcomes }
        }
        return rows
    }

    @Test func `each case that takes a message makes a part of its own, in the order of the cases`() async throws {
        let dryRun = RouteDryRun(try Self.route(), catalogs: Fixtures.catalogs, now: Fixtures.now)
        let body =
            #"{"zone":"n","stock":[{"item":"1","quantity":2}],"brands":[{"op":"I","code":"a","name":"A"},{"op":"X","code":"b"}]}"#
        let reports = try await dryRun.receive(dryRun.delivery(Array(body.utf8), messageId: "m"))
        #expect(reports.map { $0.prepared.message.part?.name } == ["brands", "stock", "zones"])
        #expect(reports.map { $0.outcomes.map(\.word) } == [["inserted", "rejected"], ["inserted"], ["inserted"]])
        #expect(
            reports.map { $0.prepared.message.identity.ledgerID }
                == ["q||m|case:brands", "q||m|case:stock", "q||m|case:zones"])
        // The dead letter holds only the part's failed item.
        #expect(dryRun.deadLetters.count == 1)
        let again = try await dryRun.receive(dryRun.delivery(Array(body.utf8), messageId: "m"))
        #expect(again.map(\.kind) == [.duplicate, .duplicate, .duplicate])
        #expect(dryRun.deadLetters.count == 1)
    }

    @Test func `what no case takes is a dead letter, once; a case without items does take its message`() async throws {
        let store = FaultyStore()
        let bodies = [#"{"other":1}"#, #"{"brands":[]}"#, "no JSON"]
        let source = try await Self.run(
            bodies.enumerated().map { Fixtures.delivery($1, number: UInt64($0 + 1), messageId: "m\($0)") }, on: store)
        #expect(source.acknowledged.last?.number == 3)
        #expect(store.documents(in: StoreCollections.deadLetters).count == 2)
        #expect(Set(ledger(store).keys) == ["q||m0", "q||m1|case:brands", "q||m2"])
    }

    @Test("whatever fails, and however often it comes again: each part once", arguments: 0..<60)
    func exactlyOnce(seed: UInt64) async throws {
        var random = Seeded(seed)
        let store = FaultyStore()
        // Each brand goes through insert, update and delete, so that a part left out or done twice ends otherwise.
        let count = 24
        let bodies = (0..<count).map { number -> String in
            let operation = ["I", "U", "D"][number % 3]
            let stock = (0..<Int.random(in: 1...4, using: &random)).map { #"{"item":"\#($0)","quantity":\#(number)}"# }
            let zone = Bool.random(using: &random) ? #","zone":"z\#(number)""# : ""
            return
                #"{"brands":[{"op":"\#(operation)","code":"a","name":"n\#(number % 3)"}],"stock":[\#(stock.joined(separator: ","))]\#(zone)}"#
        }
        let faults: [FaultyStore.Fault] = [.unavailable, .unavailableAfterCommit, .raceLost, .unknown]
        var from = 0
        var channel: UInt64 = 1
        let hasID = Bool.random(using: &random)
        // Runs that end anywhere; what was not acknowledged comes again.
        while from < count {
            store.fail(
                with: (0..<8).compactMap { _ in Bool.random(using: &random) ? faults.randomElement(using: &random) : nil
                })
            let deliveries = bodies[from...].enumerated().map { index, body in
                Fixtures.delivery(
                    body, number: UInt64(index + 1), channel: channel, messageId: hasID ? "m\(from + index)" : nil,
                    redelivered: channel > 1)
            }
            let source = HandSource()
            let route = try Self.route()
            var limits = Limits()
            limits.batchItems = Int.random(in: 1...6, using: &random)
            let running = Route(
                name: "sales", sources: [source], lanes: (0..<3).map { _ in [store, store] }, limits: limits,
                companies: [], shapes: route.shapes, takesAll: route.takesAll, catalogs: { Fixtures.catalogs },
                environment: Fixtures.environment, observer: RecordingObserver(), sourceChanged: { _ in })
            source.deliver(deliveries)
            source.stop()
            let isCut = channel < 5
            let settles = store.settles + Int.random(in: 1...12, using: &random)
            let task = Task { await running.run() }
            if isCut {
                while store.settles < settles, source.acknowledged.last?.number != UInt64(deliveries.count) {
                    await Task.yield()
                }
                task.cancel()
            }
            await task.value
            from += Int(source.acknowledged.last?.number ?? 0)
            channel += 1
        }
        let rows = ledger(store)
        let brands = rows.filter { $0.key.hasSuffix("|case:brands") }.values.reduce(into: OutcomeCounts()) { $0 += $1 }
        #expect(brands[.inserted] == count / 3 && brands[.updated] == count / 3 && brands[.deleted] == count / 3)
        #expect(store.documents(in: "brand").isEmpty)
        #expect(rows.keys.count { $0.hasSuffix("|case:stock") } == count)
        #expect(store.documents(in: "zone").count == rows.keys.count { $0.hasSuffix("|case:zones") })
        #expect(store.documents(in: StoreCollections.deadLetters).isEmpty)
    }

    @Test func `a part that the store refuses is a dead letter, and the others have their effect`() async throws {
        let store = FaultyStore()
        store.refuse("c|z")
        let body = #"{"zone":"z","brands":[{"op":"I","code":"a","name":"A"}]}"#
        let source = try await Self.run([Fixtures.delivery(body, messageId: "m")], on: store, lanes: 1)
        #expect(source.acknowledged.last?.number == 1)
        #expect(store.documents(in: "brand").count == 1)
        #expect(store.documents(in: StoreCollections.deadLetters).count == 1)
    }

    @Test func `a replay for a case that the mapping has no more is a dead letter, also where others are let go`()
        async throws
    {
        for more in ["", "\n    else: ignore"] {
            let dryRun = RouteDryRun(try Self.route(more), catalogs: Fixtures.catalogs, now: Fixtures.now)
            let delivery = dryRun.delivery(
                Array(#"{"zone":"n"}"#.utf8), messageId: "m#r1", headers: [(MessageProperties.caseHeader, "regions")])
            let reports = try await dryRun.receive(delivery)
            #expect(reports.map(\.kind) == [.deadLettered])
            let letter = try #require(dryRun.deadLetters.first)
            #expect(letter.contains("the case 'regions'") && letter.contains("'brands', 'stock', 'zones'"))
        }
    }

    @Test func `what an operator sends again is never ignored`() async throws {
        let dryRun = RouteDryRun(
            try Self.route("\n    else: ignore"), catalogs: Fixtures.catalogs, now: Fixtures.now)
        let body = Array(#"{"nothing":"of it"}"#.utf8)
        let first = try await dryRun.receive(dryRun.delivery(body, messageId: "m"))
        #expect(first.map(\.kind) == [.ignored])
        let again = try await dryRun.receive(
            dryRun.delivery(body, messageId: "m#r1", headers: [(MessageProperties.replayHeader, "x")]))
        #expect(again.map(\.kind) == [.deadLettered])
    }

    @Test func `cases need names of their own, and 'match' needs cases`() {
        func mistakes(_ text: String) -> [String] {
            MappingCompiler.compile(files: [("m.yaml", text)], settings: []).mistakes.map {
                "\($0.position) \($0.message)"
            }
        }
        let unnamed = Self.mapping.replacing("- name: stock\n        when:", with: "- when:")
        #expect(unnamed != Self.mapping)
        #expect(mistakes(unnamed).contains { $0.contains("with 'match: all' a case needs 'name:'") })
        let twice = Self.mapping.replacing("name: stock", with: "name: brands")
        #expect(mistakes(twice).contains { $0.contains("a case before this one is named 'brands' too") })
        let single = "routes:\n  r:\n    from: { amqp: { queue: q } }\n    match: all\n    message: catalog"
        #expect(mistakes(single).contains("4:5 'match:' goes with 'cases:'; this route has one shape"))
    }
}
