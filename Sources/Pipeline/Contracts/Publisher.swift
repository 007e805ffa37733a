/// Publishes with confirms. Several callers may call at once.
package protocol Publisher: Sendable {
    /// Publishes these postings in order, persistent and, unless they say otherwise, mandatory, and returns what became of each, in the same order,
    /// once all are known. Never throws: a failure is a result. Waits while the broker blocks the connection.
    ///
    /// `mayPublish` is asked before each one, on the publisher's thread: once it says no, that one and those behind it are not
    /// sent and come back as unknown. Where the task is cancelled, all that is not known by then comes back so at once.
    func publish(
        _ postings: [Posting], while mayPublish: @escaping @Sendable () -> Bool
    ) async -> [PostingResult]

    /// Closes the connection in good order.
    func close() async
}

extension Publisher {
    package func publish(_ postings: [Posting]) async -> [PostingResult] {
        await publish(postings, while: { true })
    }
}

/// One message to publish.
package struct Posting: Sendable {
    /// Empty: the default exchange, where the routing key is the queue's name.
    package var exchange: String
    package var routingKey: String
    package var body: [UInt8]
    package var properties: MessageProperties
    /// Whether the broker gives it back where no queue takes it.
    package var isMandatory = true

    package init(exchange: String = "", routingKey: String, body: [UInt8], properties: MessageProperties) {
        self.exchange = exchange
        self.routingKey = routingKey
        self.body = body
        self.properties = properties
    }
}

package enum PostingResult: Sendable, Equatable {
    /// The broker has it in a queue.
    case confirmed
    /// No queue takes it: the broker gave it back.
    case returned(code: Int, reason: String)
    /// The broker refused it.
    case refused
    /// It was not sent: AMQP cannot carry it as it is. In words for a person.
    case unsendable(reason: String)
    /// The connection ended before the confirm: it may or may not have arrived.
    case unknown(reason: String)
}
