import Contracts
import Foundation
import IngestTesting
import JSON
import Testing

extension RouteLiveTests {
    @Suite("Merged fields") struct MergedFields {
        private static let definition = """
            {"$schema": "urn:promo-gateway:definition:1", "x-catalog": "catalogStock", "x-key": ["code"], "type": "object",
             "required": ["code"], "properties": {
               "code": {"type": "string"},
               "quantity": {"type": "number", "x-bson": "decimal", "x-merge": "sum"},
               "moves": {"type": "integer", "x-merge": "sum"}}}
            """

        /// Two gateways take turns on the queue while one after the other is killed; some messages are sent twice.
        @Test func `a stock movement counts once, with gateways killed again and again`() async throws {
            try await LiveRoute.with { route in
                let directory = route.directory.appendingPathComponent("definitions")
                try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
                try Data(Self.definition.utf8).write(to: directory.appendingPathComponent("stock.json"))
                let settings = ["DEFINITIONS_DIRECTORY": directory.path, "LIMITS_BATCH_ITEMS": "20"]

                let count = 3_000
                let amounts = (0..<count).map { ($0 * 7) % 19 - 9 }
                let postings = amounts.enumerated().map { number, amount in
                    var properties = MessageProperties()
                    properties.isPersistent = true
                    properties.messageId = ByteString("move-\(number)")
                    let item = #"{"operation":"IU","code":"c\#(number % 3)","quantity":\#(amount).5,"moves":1}"#
                    let body = #"{"companyId":"napse","catalog":"catalogStock","items":[\#(item)]}"#
                    return Posting(routingKey: route.queue, body: Array(body.utf8), properties: properties)
                }
                try await route.publish(postings: postings.flatMap { [$0, $0] })
                for kill in 1...5 {
                    let gateway = try route.start(settings)
                    let other = try route.start(settings)
                    try await gateway.wait("a sixth more is settled") {
                        try await route.store.settledMessages() >= kill * count / 6
                    }
                    try await gateway.kill()
                    try await other.kill()
                }
                let last = try await route.startReady(settings)
                try await last.wait("all is settled", within: .seconds(60)) {
                    try await route.store.settledMessages() == count
                }
                try await last.wait("the queue is empty") { try await route.queueLength() == 0 }
                #expect(try await last.terminate().code == 0)

                let records = try await route.store.records()["stock"] ?? [:]
                #expect(records.count == 3)
                for key in 0..<3 {
                    let own = amounts.enumerated().filter { $0.offset % 3 == key }.map(\.element)
                    let tenths = own.reduce(0) { $0 + $1 * 10 + ($1 < 0 ? -5 : 5) }
                    let record = records[ByteString("napse|c\(key)")]
                    #expect(record?["moves"] == Self.number(own.count, "0"))
                    #expect(record?["quantity"] == Self.number(tenths, "-1"))
                }
                #expect(try await route.store.deadLetters().isEmpty)
            }
        }

        private static func number(_ digits: Int, _ exponent: String) -> ReferenceValue? {
            try? JSONParser().parse("\(digits)e\(exponent)").withRoot { ReferenceValue($0) }
        }
    }
}
