import Ingest
import Contracts
import DryRun
import IngestTesting
import Mappings
import Testing

/// What `gateway test --coverage` tells that no test comes to.
@Suite struct CoverageTests {
    private static let mapping = """
        routes:
          r:
            from: { amqp: { queue: q } }
            cases:
              - name: zones
                when: { path: $.zones, exists: true }
                definition: catalogZone
                message:
                  companyId: c
                  items: $.zones[*]
                  operation: { path: .op, table: { ALTA: I, CAMBIO: U, "*": D } }
                  fields:
                    code: .id
                    name:
                      choose:
                        - when: { path: .long, exists: true }
                          then: .long
                        - when: { path: .short, exists: true }
                          then: .short
                        - else: { value: none }
        """

    private func gaps(_ tests: String) async throws -> [String] {
        let (table, mistakes) = MappingCompiler.compile(
            files: [("m.yaml", Self.mapping)], context: MappingContext(settings: [], catalogs: Fixtures.catalogs))
        let (file, problems) = MappingTestReader.read(tests, file: "m.test.yaml") { path in
            .failure(MappingContext.Failure("no file \(path)"))
        }
        var runner = TestRunner(
            table: try #require(table, "\(mistakes)"), catalogs: Fixtures.catalogs, now: Fixtures.now)
        for test in try #require(file, "\(problems)").tests { _ = await runner.run(test) }
        return runner.coverage.gaps
    }

    @Test func `one message leaves most of it open`() async throws {
        let gaps = try await gaps(
            """
            tests:
              - name: one
                message: { body: { zones: [{ op: ALTA, id: n, short: North }] }, outcomes: [inserted] }
            """)
        #expect(
            gaps == [
                "r: operation, table, never taken: CAMBIO, *",
                "r: name, choose, never taken: branch 1, else",
                "r: no message that matches no 'when' (else)",
                "r: no item with operation U, D",
                "r: catalogZone: records never met: I present",
                "r: catalogZone: rules never broken: code (required, type, minLength, maxLength), name (required, type, minLength)",
                "r: no invalid item",
            ])
    }

    @Test func `tests that come to everything leave nothing open`() async throws {
        let long = String(repeating: "x", count: 300)
        let gaps = try await gaps(
            """
            tests:
              - name: all
                messages:
                  - body:
                      zones:
                        - { op: ALTA, id: n, short: North }
                        - { op: ALTA, id: n, short: Other }
                        - { op: CAMBIO, id: n, long: Northern }
                        - { op: CAMBIO, id: none }
                        - { op: BAJA, id: n }
                        - { op: BAJA, id: n }
                        - { op: ALTA, id: "", short: "" }
                        - { op: ALTA, id: 1, short: 1 }
                        - { op: ALTA, short: One }
                        - { op: ALTA, id: \(long) }
                    outcomes: []
                  - { body: { other: 1 }, outcomes: [] }
            """)
        // The mapping always gives a name.
        #expect(gaps == ["r: catalogZone: rules never broken: name (required)"])
    }

    @Test func `of a feed: documents, fields, branches and what it leaves out`() async throws {
        let mapping = """
            routes:
              f:
                when: { path: .hidden, exists: false }
                from: { mongodb: { collection: c, every: 1m, progress: snapshot } }
                message:
                  fields:
                    code: .code
                    note: .note
                    kind: { path: .kind, table: { a: A, b: B } }
                to: { amqp: { queue: q } }
            """
        func gaps(_ documents: String) async throws -> [String] {
            let (table, mistakes) = MappingCompiler.compile(
                files: [("m.yaml", mapping)], context: MappingContext(settings: []))
            let (file, problems) = MappingTestReader.read(
                "tests:\n  - name: one\n    documents: \(documents)\n    postings: []\n", file: "m.test.yaml"
            ) { .failure(MappingContext.Failure($0)) }
            var runner = TestRunner(
                table: try #require(table, "\(mistakes)"), catalogs: Fixtures.catalogs, now: Fixtures.now)
            for test in try #require(file, "\(problems)").tests { _ = await runner.run(test) }
            return runner.coverage.gaps
        }
        #expect(try await gaps("[]") == ["f: no document at all"])
        #expect(
            try await gaps("[{ _id: 1, code: x, kind: a }]") == [
                "f: never given a value: note", "f: kind, table, never taken: b",
                "f: no document excluded by 'when'",
            ])
        #expect(
            try await gaps("[{ _id: 1, code: x, kind: a, note: n }, { _id: 2, kind: b }, { _id: 3, hidden: true }]")
                .isEmpty)
    }
}
