package import Contracts
internal import CRabbitMQ
internal import ThreadExecutors

/// Inspects, creates and deletes queues, exchanges and bindings, each call on a short-lived connection.
///
/// For the command line, `status` and tests; not used for messages. No call blocks the caller's thread.
package struct Topology: Sendable {
    package let address: BrokerAddress
    private let timeout: Duration
    private static let channel: UInt16 = 1

    package init(address: BrokerAddress, timeout: Duration = .seconds(5)) {
        self.address = address
        self.timeout = timeout
    }

    /// Reads a queue's state. Throws `.notFound` if it does not exist.
    package func queue(_ name: String) async throws(AMQPError) -> QueueState {
        try await run { connection throws(AMQPError) in
            try connection.declareQueue(name, on: Self.channel, isPassive: true)
        }
    }

    /// Reads several queues' states; nil for missing ones.
    package func queues(_ names: [String]) async throws(AMQPError) -> [QueueState?] {
        try await run { connection throws(AMQPError) in
            var states: [QueueState?] = []
            for name in names {
                do throws(AMQPError) {
                    states.append(try connection.declareQueue(name, on: Self.channel, isPassive: true))
                } catch  where error.code == .notFound && connection.isOpen {
                    states.append(nil)
                    try connection.openChannel(Self.channel)
                }
            }
            return states
        }
    }

    /// Throws `.preconditionFailed` if it exists with other properties.
    @discardableResult
    package func declareQueue(
        _ name: String, isDurable: Bool = true, arguments: [MessageProperties.Header] = []
    ) async throws(AMQPError) -> QueueState {
        try await run { connection throws(AMQPError) in
            try connection.declareQueue(
                name, on: Self.channel, isPassive: false, isDurable: isDurable, arguments: arguments)
        }
    }

    /// Ensures that exchanges, queues and bindings comply with their policies, in this order and all on one connection.
    /// Returns for each whether it was created, or its error; throws if it cannot connect. What could not be ensured is
    /// not bound: an exchange of another type would route messages otherwise.
    package func ensure(_ items: [TopologyItem]) async throws(AMQPError) -> [Result<Bool, AMQPError>] {
        try await run { connection throws(AMQPError) in
            var exchanges: Set<String> = []
            var queues: Set<String> = []
            return items.enumerated().map { index, item in
                if case .binding(let binding) = item,
                    exchanges.contains(binding.exchange) || queues.contains(binding.queue)
                {
                    return .success(false)
                }
                // One channel each: an error closes its own, and the open one is not affected.
                let finding = TopologyFinding(
                    connection: connection, channel: Self.channel + 1 + UInt16(index % 1000))
                let result = Result { () throws(AMQPError) -> Bool in try finding.ensure(item) }
                if case .failure = result {
                    switch item {
                    case .exchange(let name, _): exchanges.insert(name)
                    case .queue(let name, _): queues.insert(name)
                    case .binding: break
                    }
                }
                return result
            }
        }
    }

    /// Returns the number of messages deleted with it. Not an error if it does not exist.
    @discardableResult
    package func deleteQueue(_ name: String) async throws(AMQPError) -> Int {
        try await run { connection throws(AMQPError) in
            let pool = BytePool()
            let answer = amqp_queue_delete(
                connection.handle, Self.channel, try connection.queueName(name, in: pool), 0, 0)
            try connection.checkReply(on: Self.channel)
            return Int(answer?.pointee.message_count ?? 0)
        }
    }

    /// Returns the number of messages deleted.
    @discardableResult
    package func purgeQueue(_ name: String) async throws(AMQPError) -> Int {
        try await run { connection throws(AMQPError) in
            let pool = BytePool()
            let answer = amqp_queue_purge(connection.handle, Self.channel, try connection.queueName(name, in: pool))
            try connection.checkReply(on: Self.channel)
            return Int(answer?.pointee.message_count ?? 0)
        }
    }

    package func bindQueue(
        _ name: String, to exchange: String, routingKey: String, arguments: [MessageProperties.Header] = []
    ) async throws(AMQPError) {
        let binding = QueueBinding(queue: name, exchange: exchange, routingKey: routingKey, arguments: arguments)
        try await run { connection throws(AMQPError) in try connection.bindQueue(binding, on: Self.channel) }
    }

    /// A durable exchange of a kind (`direct`, `fanout`, `topic`, `headers`, or a plugin's).
    package func declareExchange(
        _ name: String, kind: String, arguments: [MessageProperties.Header] = []
    ) async throws(AMQPError) {
        let properties = ExchangeProperties(kind: kind, arguments: arguments)
        try await run { connection throws(AMQPError) in
            try connection.declareExchange(name, properties, on: Self.channel)
        }
    }

    /// Not an error if it does not exist.
    package func deleteExchange(_ name: String) async throws(AMQPError) {
        try await run { connection throws(AMQPError) in
            let pool = BytePool()
            _ = amqp_exchange_delete(
                connection.handle, Self.channel, try PropertiesWriter.shortString(name, "exchange name", in: pool), 0)
            try connection.checkReply(on: Self.channel)
        }
    }

    /// Runs `work` with a new connection and channel, on a temporary thread.
    private func run<Value: Sendable>(
        _ work: @escaping @Sendable (AMQPConnection) throws(AMQPError) -> Value
    ) async throws(AMQPError) -> Value {
        let result: Result<Value, AMQPError> = await withCheckedContinuation { continuation in
            ExecutorThread.start(named: "rabbit-topo") {
                let result = Result { () throws(AMQPError) -> Value in
                    let connection = try AMQPConnection(
                        to: address,
                        as: ClientIdentity(version: "1", connectionName: "\(ClientIdentity.product): topology"),
                        heartbeat: 30, timeout: timeout)
                    defer { connection.close(waiting: .milliseconds(500)) }
                    try connection.openChannel(Self.channel)
                    return try work(connection)
                }
                continuation.resume(returning: result)
            }
        }
        return try result.get()
    }
}
