package import Contracts

/// One exchange, queue or binding that must be at the broker. None is ever deleted or unbound.
package enum TopologyItem: Sendable, Equatable {
    case exchange(String, ExchangePolicy)
    case queue(String, QueuePolicy)
    case binding(QueueBinding)

    /// For the banner and metrics, such as `exchange orders`.
    package var name: String {
        switch self {
        case .exchange(let name, _): "exchange \(name)"
        case .queue(let name, _): "queue \(name)"
        case .binding(let binding):
            "binding of \(binding.queue) to \(binding.exchange)"
                + (binding.routingKey.isEmpty ? "" : " by \(binding.routingKey)")
        }
    }

    /// For the log, once it was created.
    package var creation: String {
        switch self {
        case .exchange(let name, _): "declared the exchange '\(name)', which was missing"
        case .queue(let name, _): "declared the queue '\(name)', which was missing"
        case .binding(let binding): "bound the queue '\(binding.queue)' to the exchange '\(binding.exchange)'"
        }
    }
}

/// How an exchange is treated. As long as it does not comply, nothing is published to it.
package enum ExchangePolicy: Sendable, Equatable {
    /// Must exist; used as it is.
    case passive
    /// Must exist with these properties.
    case assert(ExchangeProperties)
    /// Created with these properties if missing; otherwise must have them.
    case declare(ExchangeProperties)
}

/// Properties of an exchange declaration.
package struct ExchangeProperties: Sendable, Equatable {
    /// `direct`, `topic`, `fanout`, `headers`, or a plugin's.
    package var kind: String
    package var isDurable = true
    /// Deleted by the broker with its last binding.
    package var isAutoDelete = false
    /// Takes messages from other exchanges only.
    package var isInternal = false
    package var arguments: [MessageProperties.Header] = []

    package init(
        kind: String, isDurable: Bool = true, isAutoDelete: Bool = false, isInternal: Bool = false,
        arguments: [MessageProperties.Header] = []
    ) {
        self.kind = kind
        self.isDurable = isDurable
        self.isAutoDelete = isAutoDelete
        self.isInternal = isInternal
        self.arguments = arguments
    }
}

/// A binding of a queue to an exchange.
package struct QueueBinding: Sendable, Equatable {
    package var queue: String
    package var exchange: String
    package var routingKey: String
    package var arguments: [MessageProperties.Header] = []

    package init(
        queue: String, exchange: String, routingKey: String = "", arguments: [MessageProperties.Header] = []
    ) {
        self.queue = queue
        self.exchange = exchange
        self.routingKey = routingKey
        self.arguments = arguments
    }
}
