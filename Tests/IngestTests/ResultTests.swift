import BSON
import Contracts
import DryRun
@testable import Ingest
import IngestTesting
import JSON
import Testing

/// Results of messages: noted in the batch that settles the message, once for each effect.
@Suite struct ResultTests {
    /// Settles deliveries batch after batch and returns the postings that were noted.
    private static func settle(
        _ deliveries: [Delivery], batchItems: Int = 1000, resultQueue: String? = nil
    ) async throws -> [PostingRow] {
        let store = InMemoryStore()
        var limits = Limits()
        limits.batchItems = batchItems
        var batcher = Batcher(limits: limits)
        for delivery in deliveries {
            let message = MessageDecoder(limits: limits).decode(
                delivery, catalogs: Fixtures.catalogs, now: Fixtures.now)
            batcher.append(ItemPreparer(limits: limits).prepare(message))
        }
        var seed: UInt64 = 0
        while var batch = batcher.batch() {
            while true {
                seed += 1
                let plan = BatchPlan(
                    batch,
                    context: PlanContext(
                        route: "t", now: Fixtures.now, seed: seed << 16, resultQueue: resultQueue))
                let result = try await store.settle(plan.reads) { plan.plan($0) }
                if result.missingLedgerIDs.isEmpty { break }
                batch.furtherLedgerIDs += result.missingLedgerIDs
            }
        }
        return store.documents(in: StoreCollections.postings).sorted { $0.key < $1.key }.compactMap { row in
            row.value.withUnsafeBytes { PostingRow(bson: $0) }
        }
    }

    private static func delivery(
        _ body: String, number: UInt64 = 1, messageId: ByteString? = "m", replyTo: ByteString? = nil,
        correlationId: ByteString? = nil, redelivered: Bool = false
    ) -> Delivery {
        var properties = MessageProperties()
        properties.messageId = messageId
        properties.replyTo = replyTo
        properties.correlationId = correlationId
        return Delivery(
            tag: DeliveryTag(channel: 1, number: number), queue: "q", body: Array(body.utf8),
            isRedelivered: redelivered, properties: properties)
    }

    private static func brands(_ items: String...) -> String {
        #"{"companyId":"c","catalog":"catalogBrand","items":[\#(items.joined(separator: ","))]}"#
    }

    private static let sony = #"{"operation":"I","code":"sony","name":"Sony"}"#
    private static let bad = #"{"operation":"I","code":"lg"}"#

    @Test func `a result goes to who asks, and to the queue of results, with the counts and the errors`() async throws {
        let rows = try await Self.settle(
            [Self.delivery(Self.brands(Self.sony, Self.bad), replyTo: "answers", correlationId: "17")],
            resultQueue: "results")
        #expect(
            rows.map(\.target) == [
                .amqp(exchange: "", routingKey: "answers"), .amqp(exchange: "", routingKey: "results"),
            ])
        #expect(rows.map(\.origin) == [.result, .result])
        #expect(rows.map(\.correlationId) == ["17", "17"])
        // Who asked may have left; the queue of results is waited for.
        #expect(rows.map { $0.expiresAt != nil } == [true, false])
        let document = try JSONParser().parse(rows[0].body)
        document.withRoot { result in
            #expect(result["messageId"]?.string == "m")
            #expect(result["outcome"]?.string == "partlyRejected")
            #expect(result["items"]?.int64 == 2)
            #expect(result["outcomes"]?["inserted"]?.int64 == 1)
            #expect(result["outcomes"]?["rejected"]?.int64 == 1)
            let errors = (result["errors"]?.elements).map { Array($0) } ?? []
            #expect(errors.map { $0["item"]?.int64 } == [1])
            #expect(errors.first?["code"]?.string == "schema")
            #expect(result["moreErrors"]?.int64 == 0)
        }
    }

    @Test(
        "an answer carries the bytes that the sender knows its question by",
        arguments: [nil, ByteString([0xFF, 0x00, 0x41]), ByteString(Array(repeating: 0xFF, count: 255))])
    func correlation(id: ByteString?) async throws {
        let messageId = ByteString(Array(repeating: 0xFF, count: 64))
        let rows = try await Self.settle(
            [Self.delivery(Self.brands(Self.sony), messageId: messageId, replyTo: "answers", correlationId: id)])
        #expect(rows.map { $0.posting?.properties.correlationId } == [id ?? messageId])
    }

    @Test func `an answer to a queue whose name is no text goes to no other queue`() async throws {
        let rows = try await Self.settle(
            [Self.delivery(Self.brands(Self.sony), replyTo: ByteString([0x61, 0xFF]))], resultQueue: "results")
        #expect(rows.map(\.target) == [.amqp(exchange: "", routingKey: "results")])
    }

    @Test func `nobody asks, nothing is noted`() async throws {
        #expect(try await Self.settle([Self.delivery(Self.brands(Self.sony))]).isEmpty)
    }

    @Test func `a message that comes again has no second result`() async throws {
        let message = Self.brands(Self.sony)
        let rows = try await Self.settle([
            Self.delivery(message, replyTo: "a"), Self.delivery(message, number: 2, replyTo: "a", redelivered: true),
        ])
        #expect(rows.count == 1)
    }

    @Test func `a result that comes back as a message has none of its own`() async throws {
        var properties = MessageProperties()
        properties.type = "result"
        properties.appId = "promo-gateway"
        let delivery = Delivery(
            tag: DeliveryTag(channel: 1, number: 1), queue: "q", body: Array(#"{"outcome":"applied"}"#.utf8),
            isRedelivered: false, properties: properties)
        #expect(try await Self.settle([delivery], resultQueue: "q").isEmpty)
    }

    @Test func `a message of several batches has one result, with all its items`() async throws {
        let items = (0..<25).map { $0 == 3 ? Self.bad : #"{"operation":"IU","code":"\#($0)","name":"n"}"# }
        let body = #"{"companyId":"c","catalog":"catalogBrand","items":[\#(items.joined(separator: ","))]}"#
        let rows = try await Self.settle([Self.delivery(body)], batchItems: 10, resultQueue: "results")
        #expect(rows.count == 1)
        let document = try JSONParser().parse(rows[0].body)
        document.withRoot { result in
            #expect(result["items"]?.int64 == 25)
            #expect(result["outcomes"]?["inserted"]?.int64 == 24)
            // Already reported in the first batch.
            #expect(result["errors"]?.elements.compactMap { $0["item"]?.int64 } == [3])
            #expect(result["moreErrors"]?.int64 == 0)
        }
    }

    @Test func `the errors of earlier batches are in the result, too`() async throws {
        let items = (0..<7).map { number in
            number % 3 == 0 ? Self.bad : #"{"operation":"I","code":"c\#(number)","name":"n"}"#
        }
        let body = #"{"companyId":"c","catalog":"catalogBrand","items":[\#(items.joined(separator: ","))]}"#
        let rows = try await Self.settle([Self.delivery(body, replyTo: "answers")], batchItems: 2)
        #expect(rows.count == 1)
        let text = try JSONParser().parse(try #require(rows.first).body)
        text.withRoot { result in
            #expect(result["errors"]?.elements.compactMap { $0["item"]?.int64 } == [0, 3, 6])
            #expect(result["moreErrors"]?.int64 == 0 && result["outcome"]?.string == "partlyRejected")
        }
    }

    @Test func `a message that is a dead letter as a whole tells why`() async throws {
        let rows = try await Self.settle([Self.delivery("{no json", replyTo: "a")])
        #expect(rows.count == 1)
        let document = try JSONParser().parse(rows[0].body)
        document.withRoot { result in
            #expect(result["outcome"]?.string == "deadLettered")
            #expect((result["errors"]?.elements).map { Array($0) }?.first?["code"]?.string == "notJson")
        }
    }

    @Test func `a row is read as it was written`() throws {
        var row = PostingRow(
            id: "1", origin: .route, name: "r", target: .amqp(exchange: "e", routingKey: "k"), body: Array("{}".utf8),
            registeredAt: Fixtures.now)
        row.state = .failed
        row.headers = [.init(name: "a", value: .string("b")), .init(name: "n", value: .integer(3))]
        row.reason = "no queue"
        row.failedSince = Fixtures.now
        row.attempts = 2
        row.version = "v"
        var bytes: [UInt8] = []
        bytes.appendDocument { row.append(to: &$0) }
        #expect(bytes.withUnsafeBytes { PostingRow(bson: $0) } == row)
        for target in [PostingTarget.file(path: "/a/b"), .log] {
            row.target = target
            bytes = []
            bytes.appendDocument { row.append(to: &$0) }
            #expect(bytes.withUnsafeBytes { PostingRow(bson: $0) } == row)
        }
    }
}
