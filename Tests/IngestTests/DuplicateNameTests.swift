@testable import Ingest
import Contracts
import DryRun
import IngestTesting
import Mappings
import Testing

/// A member that is there twice: nobody knows which of the two is meant, wherever a mapping reads it.
@Suite struct DuplicateNameTests {
    private static let mapping = """
        routes:
          r:
            from: { amqp: { queue: q } }
            definition: catalogItem
            when: { path: $.kind, in: [items, other] }
            message:
              companyId: $.head.company
              messageId: $.id
              items: $.ticket.groups[*].item[*]
              where: { path: $.head.active, equals: true }
              operation: { path: ^.op, default: IU }
              fields:
                code: .code
                name: $.head.name
                description: { path: $.note, onError: drop }
                brand: { jq: ".brand" }
                family: { path: $.head.deep, jq: ".a" }
                unit: { header: unit }
        """

    /// What becomes of a message: the outcomes of its items, or the codes and places of the reasons.
    private func fate(_ body: String, _ mapping: String = mapping) async throws -> [String] {
        let (table, mistakes) = MappingCompiler.compile(
            files: [("m.yaml", mapping)], context: MappingContext(settings: [], catalogs: Fixtures.catalogs))
        let route = try #require(table?.routes.first, "\(mistakes)")
        let dryRun = RouteDryRun(route, catalogs: Fixtures.catalogs, now: Fixtures.now)
        let steps = try await dryRun.steps(dryRun.delivery(Array(body.utf8), messageId: "m"))
        return steps.flatMap { step in
            if case .unreadable(let reasons, _, _, _) = step.report.prepared.message.content {
                return reasons.map { "\($0.code) \($0.pointer)" }
            }
            return step.items.map { item in
                item.reasons.isEmpty
                    ? item.outcome.word : item.reasons.map { "\($0.code) \($0.pointer)" }.joined(separator: ", ")
            }
        }
    }

    private static let whole =
        #"{"kind":"items","id":"1","head":{"company":"c","active":true,"name":"n","deep":{"a":"b"}},"note":"x","#
        + #""ticket":{"groups":[{"op":"IU","item":[{"code":"1","brand":"b"}]}]}}"#

    @Test func `once is fine`() async throws { #expect(try await fate(Self.whole) == ["inserted"]) }

    @Test(
        "twice is duplicateField",
        arguments: [
            // The items themselves: before, the second array was never seen.
            (
                #""item":[{"code":"1","brand":"b"}]"#,
                #""item":[{"code":"1","brand":"b"}],"item":[{"code":"2"},{"code":"3"}]"#,
                "duplicateField /ticket/groups/0/item"
            ),
            (#""ticket":{"#, #""ticket":{"groups":[]},"ticket":{"#, "duplicateField /ticket"),
            (#""groups":["#, #""groups":[],"groups":["#, "duplicateField /ticket/groups"),
            (#""kind":"items""#, #""kind":"items","kind":"none""#, "duplicateField /kind"),
            (#""company":"c""#, #""company":"c","company":"d""#, "duplicateField /head/company"),
            (#""head":{"#, #""head":{},"head":{"#, "duplicateField /head/company"),
            (#""id":"1""#, #""id":"1","id":"2""#, "duplicateField /id"),
            (#""active":true"#, #""active":true,"active":false"#, "duplicateField /head/active"),
            (#""op":"IU""#, #""op":"IU","op":"D""#, "duplicateField /ticket/groups/0/op"),
            (#""name":"n""#, #""name":"n","name":"m""#, "duplicateField /head/name"),
            // Whatever the field does with errors.
            (#""note":"x""#, #""note":"x","note":"y""#, "duplicateField /note"),
            (#""deep":{"a":"b"}"#, #""deep":{"a":"b","a":"c"}"#, "duplicateField /head/deep"),
            (#""brand":"b""#, #""brand":"b","brand":"c""#, "duplicateField /ticket/groups/0/item/0/brand"),
        ])
    func twice(once: String, twice: String, expected: String) async throws {
        let body = Self.whole.replacing(once, with: twice)
        #expect(body != Self.whole)
        #expect(try await fate(body) == [expected])
    }

    @Test func `twice where nothing reads it is left alone`() async throws {
        let body = Self.whole.replacing(#""note":"x""#, with: #""note":"x","more":1,"more":2"#)
        #expect(try await fate(body) == ["inserted"])
    }

    @Test func `an item that has it twice keeps its neighbours`() async throws {
        let body = Self.whole.replacing(
            #"{"code":"1","brand":"b"}"#, with: #"{"code":"1","code":"2"},{"code":"3","brand":"b"}"#)
        #expect(
            try await fate(body) == ["duplicateField /ticket/groups/0/item/0/code", "inserted"])
    }

    @Test func `items that stay as they are are found by a path without a second way`() async throws {
        let mapping = """
            routes:
              r:
                from: { amqp: { queue: q } }
                definition: catalogBrand
                message: { companyId: c, items: "$.data.items[*]", operation: .operation, keep: all }
            """
        let body = #"{"data":{"items":[{"operation":"I","code":"1","name":"n"}]}}"#
        #expect(try await fate(body, mapping) == ["inserted"])
        #expect(
            try await fate(
                #"{"data":{"items":[]},"data":{"items":[{"operation":"I","code":"1","name":"n"}]}}"#, mapping)
                == ["duplicateField /data/items"])
    }

    @Test func `an item too deep to be written again is refused alone`() async throws {
        let mapping = Self.mapping.replacing("items: $.ticket.groups[*].item[*]", with: "items: $.items[*]")
            .replacing("brand: { jq: \".brand\" }", with: "attributes: .deep").replacing(
                "path: ^.op, default", with: "path: .op, default")
        let deep = String(repeating: "[", count: 990) + String(repeating: "]", count: 990)
        let body =
            #"{"kind":"items","id":"1","head":{"company":"c","active":true,"name":"n"},"items":["#
            + #"{"code":"1","deep":\#(deep)},{"code":"2"}]}"#
        #expect(try await fate(body, mapping) == ["mappingFailed /items/0", "inserted"])
    }
}
