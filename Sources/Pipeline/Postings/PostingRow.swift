package import Documents
internal import Records

/// A posting in `gateway.postings`: one that is due, or one that failed and is tried again. Deleted once it is confirmed.
///
/// Routes and results write rows in the transaction of the batch that they come from, and the courier publishes them in the
/// order of their ids (``PostingStamp``). Feeds publish by themselves and write a row only for what failed: one for each document, which holds
/// its newest version.
package struct PostingRow: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable {
        /// Not tried yet.
        case pending
        /// Tried, and tried again at ``nextTryAt``.
        case failed
        /// It can never be published as it is: a person must do something about it.
        case stuck
    }

    /// What it comes from.
    package enum Origin: String, Sendable {
        case route, feed, result
        /// A dead letter that is sent again.
        case replay
    }

    package var id: ByteString
    package var state = State.pending
    package var origin: Origin
    /// The route's or feed's name.
    package var name: String
    package var target: PostingTarget
    package var messageId: ByteString?
    /// The AMQP `type`.
    package var type: String?
    package var correlationId: ByteString?
    /// The properties of the message that is sent again; nil for what the gateway itself has to say.
    package var sender: MessageProperties?
    package var headers: [MessageProperties.Header] = []
    package var body: [UInt8]
    /// Tells this content of the row from another one under the same id.
    package var version: ByteString = ""
    /// Milliseconds since 1970.
    package var registeredAt: Int64
    package var attempts = 0
    /// Milliseconds since 1970 of the first failure; nil where there was none.
    package var failedSince: Int64?
    package var nextTryAt: Int64?
    /// Milliseconds since 1970 after which nobody waits for it any more; nil: it is tried for ever.
    package var expiresAt: Int64?
    /// Why the last try failed, and the remedy.
    package var reason: String?

    /// Milliseconds after which a reply whose queue is gone is given up: who asked has left.
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

/// Where a posting goes. Postings of one target keep their order.
package enum PostingTarget: Sendable, Hashable {
    /// An empty exchange is the default one, where the routing key is the queue's name.
    case amqp(exchange: String, routingKey: String)
    /// A line in a file.
    case file(path: String)
    /// A line of the gateway's own log.
    case log
}

extension PostingTarget: CustomStringConvertible {
    /// As people call it: "queue prices", "exchange changes, routing key napse.1".
    package var description: String {
        switch self {
        case .amqp("", let queue): "queue \(queue)"
        case .amqp(let exchange, let routingKey): "exchange \(exchange), routing key \(routingKey)"
        case .file(let path): "file \(path)"
        case .log: "log"
        }
    }
}
