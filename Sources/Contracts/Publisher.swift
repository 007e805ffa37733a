/// Publishes with confirms. Allows concurrent calls.
package protocol Publisher: Sendable {
    /// Publishes postings in order, persistent and by default mandatory. Returns each one's result, in order, once all
    /// are known. Never throws: a failure is a result. Waits while the broker blocks the connection.
    ///
    /// `mayPublish` is called before each posting, on the publisher's thread: once false, this and later ones are not
    /// sent and return unknown. On cancellation, undetermined ones return unknown at once.
    func publish(
        _ postings: [Posting], while mayPublish: @escaping @Sendable () -> Bool
    ) async -> [PostingResult]

    /// Closes the connection gracefully.
    func close() async
}

extension Publisher {
    package func publish(_ postings: [Posting]) async -> [PostingResult] {
        await publish(postings, while: { true })
    }
}

/// One message to publish.
package struct Posting: Sendable {
    /// Empty: the default exchange, which routes by queue name.
    package var exchange: String
    package var routingKey: String
    package var body: [UInt8]
    package var properties: MessageProperties
    /// Whether the broker returns it if no queue takes it.
    package var isMandatory = true

    package init(exchange: String = "", routingKey: String, body: [UInt8], properties: MessageProperties) {
        self.exchange = exchange
        self.routingKey = routingKey
        self.body = body
        self.properties = properties
    }
}

package enum PostingResult: Sendable, Equatable {
    /// Stored in a queue.
    case confirmed
    /// Returned by the broker: no queue takes it.
    case returned(code: Int, reason: String)
    /// Refused by the broker.
    case refused
    /// Not sent: AMQP cannot encode it. A text for people.
    case unsendable(reason: String)
    /// The connection ended before the confirm: it may have arrived.
    case unknown(reason: String)
}
