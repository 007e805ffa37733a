package import JSON
internal import BSON

/// A row of the outbox `gateway.postings`: pending, or failed and retried. Deleted once confirmed.
///
/// Routes and results write rows in their batch's transaction, and the outbox relay publishes them in id order
/// (``PostingStamp``). Feeds publish directly and write rows only for failures: one for each document, with its newest
/// version.
package struct PostingRow: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable {
        /// Not tried yet.
        case pending
        /// Failed; the next try is at ``nextTryAt``.
        case failed
        /// Cannot be published as it is; needs an operator.
        case stuck
    }

    /// What produced it.
    package enum Origin: String, Sendable {
        case route, feed, result
        /// A replayed dead letter.
        case replay
    }

    /// Bytes of a body that a row can hold.
    package static let largestBody = 15 << 20

    package var id: ByteString
    package var state = State.pending
    package var origin: Origin
    /// Name of the route or feed.
    package var name: String
    package var target: PostingTarget
    package var messageId: ByteString?
    /// AMQP `type`.
    package var type: String?
    package var correlationId: ByteString?
    /// Properties of a replayed message; nil for the gateway's own messages.
    package var sender: MessageProperties?
    package var headers: [MessageProperties.Header] = []
    package var body: [UInt8]
    /// Distinguishes contents of the row with the same id.
    package var version: ByteString = ""
    /// Milliseconds since 1970.
    package var registeredAt: Int64
    package var attempts = 0
    /// Time of the first failure, in milliseconds since 1970; nil if none.
    package var failedSince: Int64?
    package var nextTryAt: Int64?
    /// Expiry, in milliseconds since 1970; nil: retried forever.
    package var expiresAt: Int64?
    /// Why the last try failed, and the remedy.
    package var reason: String?

    /// Milliseconds after which a reply to a missing queue is dropped: its requester has left.
    package static let replyLifetime: Int64 = 60_000

    package init(
        id: ByteString, origin: Origin, name: String, target: PostingTarget, body: [UInt8], registeredAt: Int64
    ) {
        self.id = id
        self.origin = origin
        self.name = name
        self.target = target
        self.body = body
        self.registeredAt = registeredAt
    }
}

/// The destination of a posting. Postings of one target keep their order.
package enum PostingTarget: Sendable, Hashable {
    /// An empty exchange is the default one, which routes by queue name.
    case amqp(exchange: String, routingKey: String)
    /// A line in a file.
    case file(path: String)
    /// A line in the gateway's log.
    case log
    /// The sockets of a key: a row of `gateway.pushes`, never of the outbox.
    case webSocket(topic: String, key: String)
}

extension PostingTarget: CustomStringConvertible {
    /// For people: "queue prices", "exchange changes, routing key napse.1".
    package var description: String {
        switch self {
        case .amqp("", let queue): "queue \(queue)"
        case .amqp(let exchange, let routingKey): "exchange \(exchange), routing key \(routingKey)"
        case .file(let path): "file \(path)"
        case .log: "log"
        case .webSocket(let topic, let key): "sockets of \(topic), key \(key)"
        }
    }
}
