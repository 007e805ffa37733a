package import JSON

/// A message as its source delivered it.
package struct Delivery: Sendable {
    package let tag: DeliveryTag
    package let queue: String
    package let body: [UInt8]
    /// Delivered before, perhaps to this gateway: it may have been applied.
    package let isRedelivered: Bool
    package let properties: MessageProperties
    /// The HTTP request that it came as; nil for a message.
    package let request: RequestFacts?

    package init(
        tag: DeliveryTag, queue: String, body: [UInt8], isRedelivered: Bool, properties: MessageProperties,
        request: RequestFacts? = nil
    ) {
        self.tag = tag
        self.queue = queue
        self.body = body
        self.isRedelivered = isRedelivered
        self.properties = properties
        self.request = request
    }
}

/// A broker's delivery number, with the channel that it is valid on.
package struct DeliveryTag: Hashable, Sendable, Comparable {
    /// Number of the channel among those this process has opened for the source; tags of earlier ones are never
    /// acknowledged.
    package let channel: UInt64
    package let number: UInt64

    package init(channel: UInt64, number: UInt64) {
        self.channel = channel
        self.number = number
    }

    package static func < (a: DeliveryTag, b: DeliveryTag) -> Bool { (a.channel, a.number) < (b.channel, b.number) }
}

/// The AMQP basic properties that the gateway reads or writes. Absent ones are nil.
///
/// AMQP short strings are arbitrary bytes and are returned to senders unchanged: they are never decoded here.
package struct MessageProperties: Sendable, Equatable {
    package var contentType: ByteString?
    package var contentEncoding: ByteString?
    package var isPersistent = false
    package var priority: UInt8?
    package var correlationId: ByteString?
    package var replyTo: ByteString?
    package var expiration: ByteString?
    package var messageId: ByteString?
    /// Seconds since 1970.
    package var timestamp: UInt64?
    package var type: ByteString?
    package var userId: ByteString?
    package var appId: ByteString?
    package var headers: [Header] = []

    package init() {}

    /// The header of a replay: its message-id counts, whatever id the message carries inside.
    package static let replayHeader = "x-replay-of"

    /// The header that names the case of the route that a replay is for, where several cases of a route take a message.
    package static let caseHeader = "x-replay-case"

    /// Whether an operator sent the message again: a dead letter's second try.
    package var isReplay: Bool { headers.contains { $0.name == Self.replayHeader } }

    /// The text of a header; nil where there is none, or it is not a text.
    package func text(_ name: String) -> String? {
        guard !headers.isEmpty, case .string(let text) = headers.first(where: { $0.name == name })?.value else {
            return nil
        }
        return text
    }

    package struct Header: Sendable, Equatable {
        package var name: String
        package var value: HeaderValue

        package init(name: String, value: HeaderValue) {
            self.name = name
            self.value = value
        }
    }
}

/// A value of an AMQP field table.
package enum HeaderValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int64)
    case double(Double)
    /// AMQP decimal: value × 10^-scale.
    case decimal(value: UInt32, scale: UInt8)
    case string(String)
    case bytes([UInt8])
    /// Seconds since 1970.
    case timestamp(UInt64)
    case array([HeaderValue])
    case table([MessageProperties.Header])
}
