import Contracts
import Ingest
import DryRun
import IngestTesting
import JSON
import Mappings
import Testing

/// A message of more items than are reported one by one: each still has its own outcome, reason and fields.
@Suite struct LongMessageStepsTests {
    @Test func `each refused item has its own reason, and each item its fields`() async throws {
        let (table, mistakes) = MappingCompiler.compile(
            files: [("m.yaml", "routes:\n  r:\n    from: { amqp: { queue: q } }\n    message: catalog\n")],
            context: MappingContext(settings: [], catalogs: Fixtures.catalogs))
        let route = try #require(table?.routes.first, "\(mistakes)")
        let count = RouteDryRun.detailedItems + 3
        let items = (0..<count).map { #"{"operation":"\#($0 % 3 == 0 ? "U" : "I")","code":"c\#($0)","name":"n"}"# }
        let body = #"{"companyId":"c","catalog":"catalogZone","items":[\#(items.joined(separator: ","))]}"#
        let dryRun = RouteDryRun(route, catalogs: Fixtures.catalogs, now: Fixtures.now)
        let all = try await dryRun.steps(dryRun.delivery(Array(body.utf8)))
        let steps = try #require(all.first).items
        #expect(steps.count == count)
        for (index, step) in steps.enumerated() {
            #expect(step.fields.first { $0.name == "code" }?.value == "\"c\(index)\"")
            if index % 3 == 0 {
                #expect(step.outcome == .rejected && step.reasons.map(\.pointer.description) == ["/items/\(index)"])
            } else {
                #expect(step.outcome == .inserted && step.reasons.isEmpty)
            }
        }
    }
}
