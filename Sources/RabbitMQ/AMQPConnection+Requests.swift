internal import Contracts
internal import CRabbitMQ

/// Blocking requests. The library queues frames received meanwhile for ``nextFrame(_:)``.
extension AMQPConnection {
    func check(_ status: CInt) throws(AMQPError) {
        guard status == 0 else { throw AMQPError(status: status, stage: .open, address: address) }
    }

    func openChannel(_ channel: UInt16) throws(AMQPError) {
        _ = amqp_channel_open(handle, channel)
        try checkReply(on: channel)
    }

    func closeChannel(_ channel: UInt16) throws(AMQPError) {
        try check(amqp_channel_close(handle, channel, CInt(AMQP_REPLY_SUCCESS)), on: channel)
    }

    /// Checks the reply to the last request. A channel error is acknowledged; the channel may then be reopened.
    func checkReply(on channel: UInt16) throws(AMQPError) {
        try check(amqp_get_rpc_reply(handle), on: channel)
    }

    private func check(_ reply: amqp_rpc_reply_t, on channel: UInt16) throws(AMQPError) {
        guard reply.reply_type != AMQP_RESPONSE_NORMAL else { return }
        let error = AMQPError(reply: reply, stage: .open, address: address)
        if reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION { acknowledgeClose(reply.reply.id, on: channel) }
        throw error
    }

    /// Answers `connection.close` or `channel.close`. Ignores a connection that is already gone.
    func acknowledgeClose(_ method: amqp_method_number_t, on channel: UInt16) {
        switch method {
        case AMQP_CHANNEL_CLOSE_METHOD:
            var answer = amqp_channel_close_ok_t()
            _ = amqp_send_method(handle, channel, AMQP_CHANNEL_CLOSE_OK_METHOD, &answer)
        case AMQP_CONNECTION_CLOSE_METHOD:
            var answer = amqp_connection_close_ok_t()
            _ = amqp_send_method(handle, 0, AMQP_CONNECTION_CLOSE_OK_METHOD, &answer)
        default: break
        }
    }

    /// Declares the queue, or with `isPassive` only checks it. Throws `.notFound` (404) for a missing queue, which also
    /// closes the channel.
    func declareQueue(
        _ name: String, on channel: UInt16, isPassive: Bool, isDurable: Bool = true,
        arguments: [MessageProperties.Header] = []
    ) throws(AMQPError) -> QueueState {
        let pool = BytePool()
        let answer = amqp_queue_declare(
            handle, channel, try queueName(name, in: pool), isPassive ? 1 : 0, isDurable ? 1 : 0, 0, 0,
            try HeaderWriter.table(arguments, in: pool))
        guard let answer else {
            try checkReply(on: channel)
            throw AMQPError(.local, "\(address): no answer about the queue '\(name)'")
        }
        return QueueState(
            messageCount: Int(answer.pointee.message_count), consumerCount: Int(answer.pointee.consumer_count))
    }

    /// Whether the exchange exists. Uses a temporary channel, since a miss closes it.
    func hasExchange(_ name: String, asking channel: UInt16) throws(AMQPError) -> Bool {
        try openChannel(channel)
        do throws(AMQPError) {
            try lookForExchange(name, on: channel)
        } catch  where error.code == .notFound && isOpen {
            return false
        }
        try closeChannel(channel)
        return true
    }

    /// Throws `.notFound` (404) for a missing exchange, which also closes the channel.
    func lookForExchange(_ name: String, on channel: UInt16) throws(AMQPError) {
        let pool = BytePool()
        _ = amqp_exchange_declare(
            handle, channel, try exchangeName(name, in: pool), amqp_bytes_t(len: 0, bytes: nil), 1, 0, 0, 0,
            amqp_table_t(num_entries: 0, entries: nil))
        try checkReply(on: channel)
    }

    /// Throws `.preconditionFailed` (406) if it exists with other properties, which also closes the channel.
    func declareExchange(
        _ name: String, _ properties: ExchangeProperties, on channel: UInt16
    ) throws(AMQPError) {
        let pool = BytePool()
        _ = amqp_exchange_declare(
            handle, channel, try exchangeName(name, in: pool),
            try PropertiesWriter.shortString(properties.kind, "exchange type", in: pool), 0,
            properties.isDurable ? 1 : 0, properties.isAutoDelete ? 1 : 0, properties.isInternal ? 1 : 0,
            try HeaderWriter.table(properties.arguments, in: pool))
        try checkReply(on: channel)
    }

    /// Has no effect if the binding is there.
    func bindQueue(_ binding: QueueBinding, on channel: UInt16) throws(AMQPError) {
        let pool = BytePool()
        _ = amqp_queue_bind(
            handle, channel, try queueName(binding.queue, in: pool), try exchangeName(binding.exchange, in: pool),
            try PropertiesWriter.shortString(binding.routingKey, "routing key", in: pool),
            try HeaderWriter.table(binding.arguments, in: pool))
        try checkReply(on: channel)
    }

    func setPrefetch(_ count: UInt16, on channel: UInt16) throws(AMQPError) {
        _ = amqp_basic_qos(handle, channel, 0, count, 0)
        try checkReply(on: channel)
    }

    /// Starts a consumer with manual acknowledgement and returns its tag.
    ///
    /// Passes priority 0, the default, explicitly: only streams refuse that argument. Streams must be refused, since
    /// they do not redeliver and start at the next message, so some messages would never be read.
    func consume(_ queue: String, on channel: UInt16) throws(AMQPError) -> String {
        let pool = BytePool()
        let priority = MessageProperties.Header(name: "x-priority", value: .integer(0))
        let answer = amqp_basic_consume(
            handle, channel, try queueName(queue, in: pool), amqp_bytes_t(len: 0, bytes: nil), 0, 0, 0,
            try HeaderWriter.table([priority], in: pool))
        guard let answer else {
            do throws(AMQPError) {
                try checkReply(on: channel)
            } catch  where error.code == .preconditionFailed {
                throw AMQPError(
                    .preconditionFailed, number: error.number,
                    "\(address): the queue '\(queue)' is a stream, which does not redeliver unsettled messages;"
                        + " bind a classic or quorum queue to the source of its messages, and name that queue (\(error.message))"
                )
            }
            throw AMQPError(.local, "\(address): no answer about consuming '\(queue)'")
        }
        return HeaderReader.text(answer.pointee.consumer_tag)
    }

    func selectConfirms(on channel: UInt16) throws(AMQPError) {
        _ = amqp_confirm_select(handle, channel)
        try checkReply(on: channel)
    }

    private func exchangeName(_ name: String, in pool: borrowing BytePool) throws(AMQPError) -> amqp_bytes_t {
        try PropertiesWriter.shortString(name, "exchange name", in: pool)
    }

    func queueName(_ name: String, in pool: borrowing BytePool) throws(AMQPError) -> amqp_bytes_t {
        guard !name.isEmpty else { throw AMQPError(.unsendable, "the queue's name is empty") }
        return try PropertiesWriter.shortString(name, "queue's name", in: pool)
    }
}
