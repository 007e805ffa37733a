package import Pipeline

/// How a ``ConsumerConnection`` behaves.
package struct ConsumerOptions: Sendable {
    /// Seconds between heartbeats; the broker may ask for fewer. A silent broker is given up after twice this time.
    package var heartbeat = 30
    package var backoff = Backoff()
    /// For the connection, and again for the login and each request.
    package var timeout = Duration.seconds(5)
    /// Bytes of deliveries that may wait to be taken, before the socket is left alone; one event more may be there.
    package var waitingBytes = 4 << 20
    /// How long no more may be taken in, with bytes in the socket, before all is given back: RabbitMQ closes a connection
    /// that takes nothing for 30 s. Before that a little is taken in at half of this time, again and again.
    package var stallPatience = Duration.seconds(10)
    /// A pipeline takes the events and tells what has left it (``Source/passed(_:of:)``): nothing is consumed before it
    /// takes the first event, nor while it holds deliveries of a channel that has ended.
    package var followsPipeline = false
    package var queuePolicy = QueuePolicy.passive
    /// What the broker's list of connections shows; nil: made from the queue's name.
    package var connectionName: String?
    package var productVersion = "1"
    /// Is told before and after each acknowledgement, on the consumer's thread.
    package var reached: @Sendable (Checkpoint) -> Void = { _ in }

    package init() {}
}

/// What a consumer does about its queue. While it is not as it must be, the consumer is down with a reason that says so.
package enum QueuePolicy: Sendable, Equatable {
    /// It must be there, and is taken as it is.
    case passive
    /// It is looked for first, and taken as it is, whatever its type and arguments; only where there is none, a durable
    /// classic queue is declared.
    case declareIfMissing
    /// It must be there with these properties.
    case assert(QueueProperties)
    /// It is made with these properties where there is none, and must have them where there is.
    case declare(QueueProperties)

    /// Whether it is known to be a quorum queue.
    var isQuorum: Bool {
        switch self {
        case .passive, .declareIfMissing: false
        case .assert(let properties), .declare(let properties):
            properties.arguments.contains { $0.name == "x-queue-type" && $0.value == .string("quorum") }
        }
    }
}

/// What a queue is declared with.
package struct QueueProperties: Sendable, Equatable {
    package var isDurable = true
    package var arguments: [MessageProperties.Header] = []

    package init(isDurable: Bool = true, arguments: [MessageProperties.Header] = []) {
        self.isDurable = isDurable
        self.arguments = arguments
    }
}
