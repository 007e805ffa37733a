import Ingest
import Contracts
import BSON
import JSON
import Testing

extension RouteLiveTests {
    /// Records that another program wrote, with names that an update of MongoDB takes for paths.
    @Suite("records of other programs", .enabled(if: LiveServers.areThere))
    struct ForeignRecords {
        @Test func `what is deleted and inserted in one message keeps nothing of before`() async throws {
            try await LiveRoute.with { route in
                let names = ["a.b", "$x", "plain"]
                try await PromoConsole.with(route) { console in
                    for (number, name) in names.enumerated() {
                        try await console.insert(into: "brand") { record in
                            record.append("_id", string: "napse|\(number)")
                            record.append("companyId", string: "napse")
                            record.append("code", string: "\(number)")
                            Array(name.utf8).withUnsafeBufferPointer { record.append($0, bool: true) }
                        }
                    }
                }
                let items = names.indices.map {
                    #"{"operation":"D","code":"\#($0)"},{"operation":"I","code":"\#($0)","name":"new"}"#
                }
                var posting = SentMessage(messageId: "m", body: [], fate: .items([])).posting(to: route.queue)
                posting.body = Array(
                    #"{"companyId":"napse","catalog":"catalogBrand","items":[\#(items.joined(separator: ","))]}"#.utf8)
                let gateway = try await route.startReady()
                try await route.publish(postings: [posting])
                try await gateway.wait("the message is settled") { try await route.store.settledMessages() == 1 }
                for (id, record) in try await route.store.records()["brand"] ?? [:] {
                    #expect(record.keys.sorted() == ["code", "name"], "\(id)")
                }
                #expect(try await route.store.deadLetters().isEmpty)
            }
        }
    }
}
