internal import Documents
internal import Mappings
internal import Records

/// Collects the postings of one batch as documents for `gateway.postings`, in their order.
struct PostingWriter {
    private let context: PlanContext
    private var rows = CollectionWrites(collection: StoreNames.postings)
    private(set) var count = 0

    init(context: PlanContext) { self.context = context }

    func writes() -> [CollectionWrites] { rows.isEmpty ? [] : [rows] }

    mutating func append(_ posting: PreparedPosting) {
        var row = row(origin: .route, target: posting.target, body: posting.body)
        row.type = posting.shape.type ?? context.route
        row.headers = posting.headers
        append(row)
    }

    /// What a message came to, for those who want to know.
    mutating func append(result body: [UInt8], for delivery: DeliveryFacts) {
        let request = delivery.properties
        let correlationId = request.correlationId ?? delivery.outerMessageId
        // A queue whose name is not UTF-8 has no place in a row: no name can be made of it but another queue's.
        if let replyTo = request.replyTo, !replyTo.bytes.isEmpty, replyTo.isUTF8 {
            var reply = row(
                origin: .result, target: .amqp(exchange: "", routingKey: replyTo.description), body: body)
            reply.correlationId = correlationId
            reply.expiresAt = context.now + PostingRow.replyLifetime
            reply.type = PostingRow.resultType
            append(reply)
        }
        if let queue = context.resultQueue {
            var result = row(origin: .result, target: .amqp(exchange: "", routingKey: queue), body: body)
            result.correlationId = correlationId
            result.type = PostingRow.resultType
            append(result)
        }
    }

    private func row(origin: PostingRow.Origin, target: PostingTarget, body: [UInt8]) -> PostingRow {
        PostingRow(
            id: PostingRow.id(now: context.now, seed: context.seed, number: count), origin: origin, name: context.route,
            target: target, body: body, registeredAt: context.now)
    }

    private mutating func append(_ row: PostingRow) {
        var row = row
        row.messageId = row.id
        rows.inserts.appendDocument { row.append(to: &$0) }
        count += 1
    }
}

extension PostingRow {
    /// Ids sort as postings were noted: by the time, in milliseconds since 1970, then as the batches of a process were
    /// planned (`seed`), then in the batch.
    static func id(now: Int64, seed: UInt64, number: Int) -> ByteString {
        func hex(_ value: UInt64, _ width: Int) -> String {
            let digits = String(value, radix: 16)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return ByteString(hex(UInt64(max(0, now)), 12) + hex(seed, 16) + hex(UInt64(number), 6))
    }
}
