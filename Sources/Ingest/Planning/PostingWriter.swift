internal import BSON
internal import Contracts
internal import Crypto
internal import JSON
internal import Mappings

/// Collects the postings of one batch as documents for `gateway.postings` and `gateway.pushes`, in order.
struct PostingWriter {
    private let context: PlanContext
    private let ids: PostingStamp.RowIDs
    private var rows = CollectionWrites(collection: StoreCollections.postings)
    private var pushes = CollectionWrites(collection: StoreCollections.pushes)
    /// Rows of both.
    private(set) var count = 0
    /// Message-ids of the latest message.
    private var names: PostingNames?

    init(context: PlanContext) {
        self.context = context
        ids = context.stamp.rowIDs
    }

    func writes() -> [CollectionWrites] { [rows, pushes].filter { !$0.isEmpty } }

    mutating func append(_ posting: PreparedPosting, of message: Message) {
        if case .webSocket(let topic, let key) = posting.target {
            let push = PushRow(
                id: ids[count], route: context.route, topic: topic, key: key, body: posting.body,
                registeredAt: context.now)
            pushes.inserts.appendDocument { push.append(to: &$0) }
            count += 1
            return
        }
        var row = row(origin: .route, target: posting.target, body: posting.body)
        row.type = posting.shape.type ?? context.route
        row.headers = posting.headers
        append(row, named: "\(posting.item)-\(posting.number)", of: message)
    }

    /// Appends the result of a message, to its reply queue and the result queue.
    mutating func append(result body: [UInt8], for message: Message) {
        let delivery = message.delivery
        let request = delivery.properties
        let correlationId = request.correlationId ?? delivery.outerMessageId
        // A queue name that is not UTF-8 cannot be stored in a row without changing it.
        if let replyTo = request.replyTo, !replyTo.bytes.isEmpty, replyTo.isUTF8 {
            var reply = row(
                origin: .result, target: .amqp(exchange: "", routingKey: replyTo.description), body: body)
            reply.correlationId = correlationId
            reply.expiresAt = context.now + PostingRow.replyLifetime
            reply.type = PostingRow.resultType
            append(reply, named: "reply", of: message)
        }
        if let queue = context.resultQueue {
            var result = row(origin: .result, target: .amqp(exchange: "", routingKey: queue), body: body)
            result.correlationId = correlationId
            result.type = PostingRow.resultType
            append(result, named: "result", of: message)
        }
    }

    private func row(origin: PostingRow.Origin, target: PostingTarget, body: [UInt8]) -> PostingRow {
        PostingRow(
            id: ids[count], origin: origin, name: context.route, target: target, body: body,
            registeredAt: context.now)
    }

    private mutating func append(_ row: PostingRow, named part: String, of message: Message) {
        let known = names.flatMap { $0.isOf(message) ? $0 : nil }
        let names = known ?? PostingNames(message, seed: context.seed, number: count)
        self.names = names
        var row = row
        row.messageId = names.messageID(part)
        rows.inserts.appendDocument { row.append(to: &$0) }
        count += 1
    }
}

/// Message-ids of the postings of one message: derived from the message, so that they are equal when any gateway
/// settles it again. A message without a message-id may be intended twice, so its postings get unique ids.
struct PostingNames {
    private let source: Int
    private let tag: DeliveryTag
    private let ledgerID: ByteString
    private let prefix: [UInt8]

    /// `seed` and `number` are unique together.
    init(_ message: Message, seed: UInt64, number: Int) {
        source = message.delivery.source
        tag = message.delivery.tag
        let identity = message.identity
        ledgerID = identity.ledgerID
        var hash = SHA256()
        hash.update(data: identity.ledgerID.bytes)
        // After its ledger row has expired, another message with the same id is a new message.
        hash.update(data: identity.bodyHash)
        if !identity.isFromSender {
            withUnsafeBytes(of: seed) { hash.update(bufferPointer: $0) }
            withUnsafeBytes(of: number) { hash.update(bufferPointer: $0) }
        }
        var prefix: [UInt8] = []
        Hexadecimal.append(Array(hash.finalize().prefix(16)), to: &prefix)
        self.prefix = prefix + [UInt8(ascii: "-")]
    }

    func isOf(_ message: Message) -> Bool {
        let delivery = message.delivery
        return tag == delivery.tag && source == delivery.source && ledgerID == message.identity.ledgerID
    }

    /// `part`: which of the message's postings.
    func messageID(_ part: String) -> ByteString { ByteString(prefix + part.utf8) }
}
