import Contracts
import DryRun
import Ingest
import IngestTesting
import JSON
import Mappings
import Testing

/// A rehearsal is like the running gateway: the records that are given, the types of those that come of it.
@Suite struct RehearsalTests {
    private static let definitions = """
        routes:
          r:
            from: { amqp: { queue: q } }
            message: catalog
        """

    private func run(_ test: String) async throws -> TestRunner.Outcome {
        let (table, mistakes) = MappingCompiler.compile(
            files: [("m.yaml", Self.definitions)],
            context: MappingContext(settings: [], catalogs: Fixtures.catalogs))
        let (file, problems) = MappingTestReader.read("tests:\n" + test, file: "m.test.yaml") { .failure(.init($0)) }
        var runner = TestRunner(
            table: try #require(table, "\(mistakes)"), catalogs: Fixtures.catalogs, now: Fixtures.now)
        return await runner.run(try #require(file?.tests.first, "\(problems)"))
    }

    @Test func `a given record may hold nulls, as updates leave them`() async throws {
        let outcome = try await run(
            """
              - name: one
                given:
                  catalogItem: [{ companyId: c, code: a, name: null, price: null, attributes: null, extra: null }]
                message:
                  body: { companyId: c, catalog: catalogItem, items: [{ operation: U, code: a, name: A }] }
                  outcomes: [updated]
                records:
                  item: [{ companyId: c, code: a, name: A, price: null, attributes: null, extra: null }]
            """)
        #expect(outcome.differences.isEmpty, "\(outcome.differences)")
    }

    @Test func `a given record with a mistake is reported, with nulls and without`() async throws {
        for record in ["{ companyId: c, code: a, price: x, name: null }", "{ companyId: c, code: a }"] {
            let outcome = try await run(
                """
                  - name: one
                    given: { catalogItem: [\(record)] }
                    message: { body: { companyId: c, catalog: catalogItem, items: [] }, outcomes: [] }
                """)
            #expect(outcome.differences.count == 1, "\(outcome.differences)")
            #expect(outcome.differences.first?.hasPrefix("given catalogItem: ") == true, "\(outcome.differences)")
        }
    }

    @Test func `a given record leaves neither dead letters nor ledger rows, whatever it refers to`() async throws {
        let store = InMemoryStore()
        let route = try #require(RouteTable.catalogs.routes.first)
        let dryRun = RouteDryRun(route, catalogs: Fixtures.catalogs, now: Fixtures.now, store: store)
        let given = dryRun.give(
            #"{"companyId":"c","code":"a","name":"A","brand":"nowhere","category":"none"}"#, catalog: "catalogItem")
        #expect(given.isEmpty && store.collections == ["item"], "\(given)")
    }

    private func typed(_ expected: String) async throws -> [String] {
        try await run(
            """
              - name: one
                message:
                  body:
                    companyId: c
                    catalog: catalogCreditCampaignCode
                    items:
                      - { operation: I, code: a, name: A, startDate: "2026-01-01", x: 1.5, y: "2026-01-01", z: [{ w: 2.5 }], n: 7 }
                  outcomes: [inserted]
                records:
                  creditCampaignCode:
                    - { companyId: c, code: a, name: A, \(expected) }
            """
        ).differences
    }

    private static let rest = #"y: "2026-01-01", z: [{ w: 2.5 }], n: 7"#

    @Test func `a test tells types apart where it names them`() async throws {
        let right = [
            #"startDate: { $date: "2026-01-01" }, x: 1.5, \#(Self.rest)"#,
            #"startDate: { $date: "2026-01-01T00:00:00Z" }, x: { $double: 1.50 }, \#(Self.rest)"#,
            #"startDate: "2026-01-01T00:00:00Z", x: 1.50, y: "2026-01-01", z: [{ w: { $double: 2.5 } }], n: 7"#,
        ]
        for expected in right {
            let differences = try await typed(expected)
            #expect(differences.isEmpty, "\(expected): \(differences)")
        }
        let place = "records.creditCampaignCode[0]"
        let wrong: [(String, String)] = [
            (
                #"startDate: { $date: "2026-01-02" }, x: 1.5, \#(Self.rest)"#,
                "\(place).startDate: expected the date 2026-01-02, found the date \"2026-01-01T00:00:00Z\""
            ),
            (
                #"startDate: { $date: "2026-01-01" }, x: { $decimal: 1.5 }, \#(Self.rest)"#,
                "\(place).x: expected the Decimal128 1.5, found the double 1.5"
            ),
            (
                #"startDate: { $date: "2026-01-01" }, x: 1.5, y: { $date: "2026-01-01" }, z: [{ w: 2.5 }], n: 7"#,
                "\(place).y: expected the date 2026-01-01, found the text \"2026-01-01\""
            ),
            (
                #"startDate: { $date: "2026-01-01" }, x: 1.5, y: "2026-01-01", z: [{ w: { $decimal: 2.5 } }], n: 7"#,
                "\(place).z[0].w: expected the Decimal128 2.5, found the double 2.5"
            ),
            (
                #"startDate: { $date: "2026-01-01" }, x: 1.5, y: "2026-01-01", z: [{ w: 2.5 }], n: { $double: 7 }"#,
                "\(place).n: expected the double 7, found the integer 7"
            ),
        ]
        for (expected, difference) in wrong {
            #expect(try await typed(expected) == [difference])
        }
    }

    /// The ledger knows messages by the queue's name, which a setting may give.
    @Test func `the built-in route's ledger rows have the queue's name`() throws {
        let route = try #require(RouteTable.catalogs.routes.first)
        let dryRun = RouteDryRun(
            route, catalogs: Fixtures.catalogs, now: Fixtures.now,
            setting: { $0 == "rabbitMQ.endpointName" ? "promo.catalog" : nil })
        let body = Array(#"{"companyId":"c","catalog":"catalogBrand","items":[]}"#.utf8)
        let prepared = try #require(dryRun.prepare(dryRun.delivery(body, messageId: "m")).first)
        let id = prepared.message.identity.ledgerID.description
        #expect(id.contains("promo.catalog") && !id.contains("endpointName"), "\(id)")
    }
}
