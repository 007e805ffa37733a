import Ingest
import Contracts
import DryRun
import IngestTesting
import JSON
import Mappings
import Testing

/// What a mapping test expects of postings can fail, wherever they go.
@Suite struct ExpectedPostingTests {
    private func differences(_ to: String, _ expected: String) async throws -> [String] {
        let mapping = """
            routes:
              r:
                from: { amqp: { queue: q } }
                message: catalog
                to: [mongodb, \(to)]
            """
        let tests = """
            tests:
              - name: one
                message:
                  body: { companyId: c, catalog: catalogZone, items: [{ operation: I, code: n, name: N }] }
                  outcomes: [inserted]
                postings: [\(expected)]
            """
        let (table, mistakes) = MappingCompiler.compile(
            files: [("m.yaml", mapping)], context: MappingContext(settings: [], catalogs: Fixtures.catalogs))
        let (file, problems) = MappingTestReader.read(tests, file: "m.test.yaml") { .failure(.init($0)) }
        var runner = TestRunner(
            table: try #require(table, "\(mistakes)"), catalogs: Fixtures.catalogs, now: Fixtures.now)
        let test = try #require(file?.tests.first, "\(problems)")
        return await runner.run(test).differences
    }

    @Test(
        "an expectation of another kind of target fails",
        arguments: [
            ("file: { path: out.ndjson }", "{ queue: out }", "postings[0].queue: expected out, found nothing"),
            ("file: { path: out.ndjson }", "{ routingKey: k }", "postings[0].routingKey: expected k, found nothing"),
            ("log: {}", "{ exchange: x }", "postings[0].exchange: expected x, found nothing"),
            ("log: {}", "{ file: out.ndjson }", "postings[0].file: expected out.ndjson, found nothing"),
            ("amqp: { queue: out }", "{ file: out.ndjson }", "postings[0].file: expected out.ndjson, found nothing"),
            ("amqp: { queue: out }", "{ routingKey: k }", "postings[0].routingKey: expected k, found out"),
            ("amqp: { exchange: x, routingKey: k }", "{ queue: k }", "postings[0].queue: expected k, found nothing"),
        ])
    func otherKind(to: String, expected: String, line: String) async throws {
        #expect(try await differences("{ \(to) }", expected) == [line])
    }

    @Test(
        "and one of its own holds",
        arguments: [
            ("file: { path: out.ndjson }", "{ file: out.ndjson }"), ("log: {}", "{}"),
            ("amqp: { queue: out }", "{ queue: out, exchange: \"\" }"),
            ("amqp: { exchange: x, routingKey: k }", "{ exchange: x, routingKey: k }"),
        ])
    func ownKind(to: String, expected: String) async throws {
        #expect(try await differences("{ \(to) }", expected).isEmpty)
    }
}
