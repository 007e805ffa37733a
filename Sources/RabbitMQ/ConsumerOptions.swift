package import Contracts

/// Configuration of a ``ConsumerConnection``.
package struct ConsumerOptions: Sendable {
    /// Heartbeat interval in seconds; the broker may lower it. A silent broker is disconnected after twice this time.
    package var heartbeat = 30
    package var backoff = Backoff(least: .milliseconds(200))
    /// For the connection, and again for the login and each request.
    package var timeout = Duration.seconds(5)
    /// High-water mark of buffered deliveries in bytes: above it the socket is not read; one more event may be added.
    package var waitingBytes = 4 << 20
    /// How long reading may be paused by backpressure, with bytes in the socket, before all deliveries are returned:
    /// RabbitMQ closes a connection that reads nothing for 30 s. Before that, at half of this time, a little is read
    /// repeatedly.
    package var stallPatience = Duration.seconds(10)
    /// Whether a pipeline takes the events and reports deliveries that have left it (``Source/passed(_:of:)``).
    /// Consuming then waits for the pipeline's first read, and while it holds deliveries of a closed channel.
    package var followsPipeline = false
    package var queuePolicy = QueuePolicy.passive
    /// What else must be at the broker before anything is consumed; ensured on each connection.
    package var topology: [TopologyItem] = []
    /// Name in the broker's list of connections; nil: derived from the queue's name.
    package var connectionName: String?
    package var productVersion = "1"
    /// Called before and after each acknowledgement, on the consumer's thread.
    package var reached: @Sendable (FaultPoint) -> Void = { _ in }

    package init() {}
}

/// How a consumer treats its queue. As long as the queue does not comply, the consumer is down with a reason.
package enum QueuePolicy: Sendable, Equatable {
    /// Must exist; used as it is.
    case passive
    /// Used as it is, whatever its type and arguments; if missing, a durable classic queue is declared.
    case declareIfMissing
    /// Must exist with these properties.
    case assert(QueueProperties)
    /// Created with these properties if missing; otherwise must have them.
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

/// Properties of a queue declaration.
package struct QueueProperties: Sendable, Equatable {
    package var isDurable = true
    package var arguments: [MessageProperties.Header] = []

    package init(isDurable: Bool = true, arguments: [MessageProperties.Header] = []) {
        self.isDurable = isDurable
        self.arguments = arguments
    }
}
