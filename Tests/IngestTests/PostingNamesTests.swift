import BSON
import Contracts
import DryRun
@testable import Ingest
import IngestTesting
import JSON
import Testing

/// The message-ids of what messages cause to be published: the same when a message is settled again.
@Suite struct PostingNamesTests {
    private static let sony = #"{"operation":"I","code":"sony","name":"Sony"}"#
    private static let brands = #"{"companyId":"c","catalog":"catalogBrand","items":[\#(sony)]}"#
    private static let others = #"{"companyId":"c","catalog":"catalogBrand","items":[]}"#

    private static func message(
        _ body: String = brands, id: String? = "m", tag: UInt64 = 1, replyTo: ByteString? = "r", queue: String = "q"
    ) -> PreparedMessage {
        var properties = MessageProperties()
        properties.messageId = id.map { ByteString($0) }
        properties.replyTo = replyTo
        return Fixtures.prepare(
            Delivery(
                tag: DeliveryTag(channel: 1, number: tag), queue: queue, body: Array(body.utf8), isRedelivered: false,
                properties: properties))
    }

    /// Settles them as one batch of a store of its own, and returns what was noted, in order.
    private static func settle(
        _ messages: [PreparedMessage], now: Int64 = Fixtures.now, seed: UInt64 = 1 << 16
    ) async throws -> [PostingRow] {
        let store = InMemoryStore()
        var batch = Batch(segments: messages.map { Segment(message: $0, range: 0..<$0.items.count) })
        while true {
            let plan = BatchPlan(
                batch, context: PlanContext(route: "t", now: now, seed: seed, resultQueue: "all"))
            let result = try await store.settle(plan.reads) { plan.plan($0) }
            if result.missingLedgerIDs.isEmpty { break }
            batch.furtherLedgerIDs += result.missingLedgerIDs
        }
        return store.documents(in: StoreCollections.postings).sorted { $0.key < $1.key }.compactMap { row in
            row.value.withUnsafeBytes { PostingRow(bson: $0) }
        }
    }

    @Test
    func `a message that is settled again, by another process and at another time, is published under the same ids`()
        async throws
    {
        let first = try await Self.settle([Self.message()])
        let again = try await Self.settle(
            [Self.message("[]", id: "other", tag: 8), Self.message(tag: 9)], now: Fixtures.now - 86_400_000,
            seed: 99 << 32)
        #expect(first.count == 2 && again.count == 4)
        #expect(Array(again.map(\.messageId).suffix(2)) == first.map(\.messageId))
        #expect(first.map(\.id) != Array(again.map(\.id).suffix(2)))
    }

    @Test func `different messages, targets and bodies have different ids`() async throws {
        let rows =
            try await Self.settle([
                Self.message(), Self.message(id: "m2", tag: 2), Self.message(queue: "q2"),
                // Under an id that was used for another body.
                Self.message(Self.others, tag: 3),
            ])
        #expect(rows.count == 8)
        #expect(Set(rows.map(\.messageId)).count == 8)
        #expect(rows.allSatisfy { ($0.messageId?.bytes.count ?? 0) <= 255 && $0.messageId?.isUTF8 == true })
    }

    @Test func `two equal messages without an id are both meant, in one batch and in two`() async throws {
        let pair = try await Self.settle([Self.message(id: nil), Self.message(id: nil, tag: 2)])
        let later = try await Self.settle([Self.message(id: nil, tag: 3)], seed: 2 << 16)
        #expect(Set((pair + later).map(\.messageId)).count == 6)
    }

    /// As a route settles them: in batches that are cut anywhere, halved where the store refuses something, and tried again.
    @Test("however a long message is cut, its postings have the same ids and their order", arguments: 1..<8)
    func cuts(at size: Int) async throws {
        let items = (0..<20).map { #"{"operation":"I","code":"b\#($0)","name":"n"}"# }.joined(separator: ",")
        let message = Self.message(#"{"companyId":"c","catalog":"catalogBrand","items":[\#(items)]}"#)
        let whole = try await Self.settle([message])
        let store = InMemoryStore()
        let clock = PostingClock(now: { Fixtures.now })
        for start in stride(from: 0, to: 20, by: size) {
            let batch = Batch(segments: [Segment(message: message, range: start..<min(20, start + size))])
            let plan = BatchPlan(
                batch,
                context: PlanContext(
                    route: "t", now: Fixtures.now, seed: UInt64(start) << 16, resultQueue: "all", stamp: clock.next()))
            _ = try await store.settle(plan.reads) { plan.plan($0) }
        }
        let rows = store.documents(in: StoreCollections.postings).sorted { $0.key < $1.key }.compactMap { row in
            row.value.withUnsafeBytes { PostingRow(bson: $0) }
        }
        #expect(rows.map(\.messageId) == whole.map(\.messageId))
    }
}
