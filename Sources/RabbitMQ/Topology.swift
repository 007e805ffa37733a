internal import CRabbitMQ
internal import Lanes
package import Pipeline

/// Queues, exchanges and bindings: looked at, made and removed, each call on a short connection of its own.
///
/// For the command line, `status` and tests; nothing on the way of a message uses it. No call blocks the caller's thread.
package struct Topology: Sendable {
    package let address: BrokerAddress
    private let timeout: Duration
    private static let channel: UInt16 = 1

    package init(address: BrokerAddress, timeout: Duration = .seconds(5)) {
        self.address = address
        self.timeout = timeout
    }

    /// Looks at a queue. Throws `.notFound` when there is none.
    package func queue(_ name: String) async throws(AMQPError) -> QueueState {
        try await run { connection throws(AMQPError) in
            try connection.declareQueue(name, on: Self.channel, isPassive: true)
        }
    }

    /// Looks at several queues; nil where there is none.
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

    /// Throws `.preconditionFailed` when there is one with other properties.
    @discardableResult
    package func declareQueue(
        _ name: String, isDurable: Bool = true, arguments: [MessageProperties.Header] = []
    ) async throws(AMQPError) -> QueueState {
        try await run { connection throws(AMQPError) in
            try connection.declareQueue(
                name, on: Self.channel, isPassive: false, isDurable: isDurable, arguments: arguments)
        }
    }

    /// Sees to it that queues are there as their policies say, all on one connection. Returns for each whether it had to be
    /// made, or what is wrong with it; throws where there is no connection.
    package func ensureQueues(
        _ queues: [(name: String, policy: QueuePolicy)]
    ) async throws(AMQPError) -> [Result<Bool, AMQPError>] {
        try await run { connection throws(AMQPError) in
            queues.enumerated().map { index, queue in
                // A channel each: the one that is open is left alone, and what is wrong with a queue closes its own.
                let channel = Self.channel + 1 + UInt16(index % 1000)
                let finding = QueueFinding(
                    queue: queue.name, policy: queue.policy, connection: connection, channel: channel)
                return Result { () throws(AMQPError) -> Bool in try finding.find() }
            }
        }
    }

    /// Returns how many messages went with it. No error if there is none.
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

    /// Returns how many messages were thrown away.
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
        try await run { connection throws(AMQPError) in
            let pool = BytePool()
            _ = amqp_queue_bind(
                connection.handle, Self.channel, try connection.queueName(name, in: pool),
                try PropertiesWriter.shortString(exchange, "exchange name", in: pool),
                try PropertiesWriter.shortString(routingKey, "routing key", in: pool),
                try HeaderWriter.table(arguments, in: pool))
            try connection.checkReply(on: Self.channel)
        }
    }

    /// A durable exchange of that kind (`direct`, `fanout`, `topic`, `headers`, or a plugin's).
    package func declareExchange(
        _ name: String, kind: String, arguments: [MessageProperties.Header] = []
    ) async throws(AMQPError) {
        try await run { connection throws(AMQPError) in
            let pool = BytePool()
            _ = amqp_exchange_declare(
                connection.handle, Self.channel, try PropertiesWriter.shortString(name, "exchange name", in: pool),
                try PropertiesWriter.shortString(kind, "exchange kind", in: pool), 0, 1, 0, 0,
                try HeaderWriter.table(arguments, in: pool))
            try connection.checkReply(on: Self.channel)
        }
    }

    /// No error if there is none.
    package func deleteExchange(_ name: String) async throws(AMQPError) {
        try await run { connection throws(AMQPError) in
            let pool = BytePool()
            _ = amqp_exchange_delete(
                connection.handle, Self.channel, try PropertiesWriter.shortString(name, "exchange name", in: pool), 0)
            try connection.checkReply(on: Self.channel)
        }
    }

    /// Connects, opens the channel, does `work` and closes, on a thread made for it.
    private func run<Value: Sendable>(
        _ work: @escaping @Sendable (AMQPConnection) throws(AMQPError) -> Value
    ) async throws(AMQPError) -> Value {
        let result: Result<Value, AMQPError> = await withCheckedContinuation { continuation in
            LaneThread.start(named: "rabbit-topo") {
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
