import Contracts
import Ingest
import DryRun
import IngestTesting
import Mappings
import Testing

/// Items that are the lines of a text, on their whole way.
@Suite struct LineItemTests {
    private static let mapping = """
        routes:
          r:
            from: { amqp: { queue: q } }
            definition: catalogItem
            message:
              companyId: c
              items: $.files[*].text
              csv: { lines: true, columns: [code, price] }
              operation: IU
              fields: { code: .code, name: ^.name, price: { path: .price, decimal: "1234.50" } }
        """

    private func dryRun() throws -> RouteDryRun {
        let (table, mistakes) = MappingCompiler.compile(
            files: [("m.yaml", Self.mapping)], context: MappingContext(settings: [], catalogs: Fixtures.catalogs))
        let route = try #require(table?.routes.first, "\(mistakes)")
        return RouteDryRun(route, catalogs: Fixtures.catalogs, now: Fixtures.now)
    }

    private static let body = Array(
        #"{"other":1,"files":[{"name":"A","text":"a1,1\na2,x\n\na3,3"},{"name":"B","text":"b1,1"},{"name":"C","text":"c1,y\nc2,2"}]}"#
            .utf8)

    @Test func `each item tells its line, and no field the whole text`() async throws {
        let dryRun = try dryRun()
        let steps = try await dryRun.steps(dryRun.delivery(Self.body, messageId: "m"))
        let items = try #require(steps.first).items
        #expect(
            items.map { "\($0.pointer) \($0.line ?? 0) \($0.outcome.word)" } == [
                "/files/0/text 1 inserted", "/files/0/text 2 rejected", "/files/0/text 4 inserted",
                "/files/1/text 1 inserted", "/files/2/text 1 rejected", "/files/2/text 2 inserted",
            ])
        #expect(items.flatMap(\.fields).allSatisfy { $0.source == nil })
        #expect(items[1].reasons.first?.text.hasPrefix("/files/0/text, line 2 (price): expected a number") == true)
    }

    @Test func `a dead letter holds the failed lines alone, and mended it has its effect`() async throws {
        let dryRun = try dryRun()
        _ = try await dryRun.receive(dryRun.delivery(Self.body, messageId: "m"))
        let letter = try #require(dryRun.deadLetters.first)
        #expect(dryRun.deadLetters.count == 1)
        #expect(
            letter.contains(
                #""message":{"other":1,"files":[{"name":"A","text":"a2,x"},{"name":"C","text":"c1,y"}]}"#), "\(letter)")
        let mended = #"{"other":1,"files":[{"name":"A","text":"a2,2"},{"name":"C","text":"c1,1"}]}"#
        let again = try await dryRun.receive(dryRun.delivery(Array(mended.utf8), messageId: "m2"))
        #expect(again.first?.outcomes.map(\.word) == ["inserted", "inserted"])
    }
}
