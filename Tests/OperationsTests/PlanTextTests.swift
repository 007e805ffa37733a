import Contracts
import DryRun
import Ingest
import IngestTesting
import JSON
import Mappings
@testable import Operations
import Testing

/// What `plan` and `explain` say of a message.
@Suite struct PlanTextTests {
    private static let route = """
        routes:
          r:
            from: { amqp: { queue: q } }
            definition: catalogOffer
            versionField: v
            to: [mongodb, { amqp: { queue: out } }]
            message:
              companyId: c
              items: $.a[*]
              operation: .op
              fields: { code: .code, v: .v, pin: .pin, inner: .inner }
        """

    private static let definition = #"""
        {"$schema":"urn:promo-gateway:definition:1","x-catalog":"catalogOffer","x-key":["code"],"type":"object",
        "required":["code"],"properties":{"code":{"type":"string"},"v":{"type":"integer"},
        "pin":{"type":"string","x-secret":true},"inner":{"properties":{"key":{"x-secret":true}}}}}
        """#

    private static func result(_ items: String) async throws -> MessageTrial.Result {
        let catalogs = try Fixtures.catalogs(with: definition)
        let (table, mistakes) = MappingCompiler.compile(
            files: [("m.yaml", route)], context: MappingContext(settings: [], catalogs: catalogs))
        let own = try #require(table?.routes.first, "\(mistakes)")
        let dryRun = RouteDryRun(own, catalogs: catalogs, now: Fixtures.now)
        let delivery = dryRun.delivery(Array(#"{"a":[\#(items)]}"#.utf8), messageId: "m")
        let results = try await MessageTrial.results(of: delivery, named: "m.json", on: own, dryRun)
        return try #require(results.first)
    }

    @Test func `an item that is older says so, not that the record is the same`() async throws {
        let items = [("I", 3), ("IU", 2), ("IU", 3), ("D", 4), ("IU", 1)].map { operation, version in
            #"{"op":"\#(operation)","code":"1","v":\#(version)}"#
        }
        let result = try await Self.result(items.joined(separator: ","))
        #expect(
            result.items.map { PlanText.what($0) }.suffix(4) == [
                "older than the record, so it changes nothing", "the record is so already",
                #"gone: {"_id":"c|1","companyId":"c","code":"1","v":3}"#,
                "older than the record's deletion, so it changes nothing",
            ])
        #expect(result.items.map(\.isStale) == [false, true, false, false, true])
        #expect(ExplainText.page(result).contains("unchanged: older than the record, so it changes nothing"))
        #expect(PlanJSON.text(result).split(separator: #""stale":true"#).count == 3)
    }

    @Test func `no secret is shown`() async throws {
        let result = try await Self.result(
            #"{"op":"I","code":"1","v":1,"pin":"hunter1","inner":{"key":"hunter2","a":[{"key":"hunter3","b":1}]}},"#
                + #"{"op":"U","code":"1","v":2,"pin":"hunter4"},{"op":"D","code":"1","v":3}"#)
        #expect(result.report.outcomes.map(\.word) == ["inserted", "updated", "deleted"])
        #expect(!result.postings.isEmpty)
        for text in [
            PlanText.page(result), ExplainText.page(result), PlanJSON.text(result),
            PlanJSON.text(result, withFields: true),
        ] {
            #expect(!text.contains("hunter"), "\(text)")
            #expect(text.contains("(secret)"))
            #expect((try? JSONParser().parse(text)) != nil || !text.hasPrefix("{"))
        }
        #expect(ExplainText.page(result).contains(#"inner = {"key":"(secret)","a":[{"key":"(secret)","b":1}]}"#))
    }
}
