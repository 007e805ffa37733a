internal import Contracts
internal import CRabbitMQ
internal import JSON

/// Converts properties to librabbitmq's, allocated in a pool. Always persistent.
enum PropertiesWriter {
    /// Throws `.unsendable` for what AMQP cannot encode. Checked before sending: the library writes the method frame
    /// first, and headers that then do not fit would leave the channel in the middle of a message.
    static func properties(
        _ properties: MessageProperties, frameMax: Int, in pool: borrowing BytePool
    ) throws(AMQPError) -> amqp_basic_properties_t {
        var raw = amqp_basic_properties_t()
        var flags = AMQP_BASIC_DELIVERY_MODE_FLAG
        raw.delivery_mode = UInt8(AMQP_DELIVERY_PERSISTENT.rawValue)
        if let value = properties.contentType {
            raw.content_type = try shortString(value.bytes, "content-type", in: pool)
            flags |= AMQP_BASIC_CONTENT_TYPE_FLAG
        }
        if let value = properties.contentEncoding {
            raw.content_encoding = try shortString(value.bytes, "content-encoding", in: pool)
            flags |= AMQP_BASIC_CONTENT_ENCODING_FLAG
        }
        if let priority = properties.priority {
            raw.priority = priority
            flags |= AMQP_BASIC_PRIORITY_FLAG
        }
        if let value = properties.correlationId {
            raw.correlation_id = try shortString(value.bytes, "correlation-id", in: pool)
            flags |= AMQP_BASIC_CORRELATION_ID_FLAG
        }
        if let value = properties.replyTo {
            raw.reply_to = try shortString(value.bytes, "reply-to", in: pool)
            flags |= AMQP_BASIC_REPLY_TO_FLAG
        }
        if let value = properties.expiration {
            raw.expiration = try shortString(value.bytes, "expiration", in: pool)
            flags |= AMQP_BASIC_EXPIRATION_FLAG
        }
        if let id = properties.messageId {
            raw.message_id = try shortString(id.bytes, "message-id", in: pool)
            flags |= AMQP_BASIC_MESSAGE_ID_FLAG
        }
        if let timestamp = properties.timestamp {
            raw.timestamp = timestamp
            flags |= AMQP_BASIC_TIMESTAMP_FLAG
        }
        if let value = properties.type {
            raw.type = try shortString(value.bytes, "type", in: pool)
            flags |= AMQP_BASIC_TYPE_FLAG
        }
        if let value = properties.userId {
            raw.user_id = try shortString(value.bytes, "user-id", in: pool)
            flags |= AMQP_BASIC_USER_ID_FLAG
        }
        if let id = properties.appId {
            raw.app_id = try shortString(id.bytes, "app-id", in: pool)
            flags |= AMQP_BASIC_APP_ID_FLAG
        }
        raw._flags = amqp_flags_t(flags)
        if !properties.headers.isEmpty {
            raw.headers = try HeaderWriter.table(properties.headers, in: pool)
            raw._flags |= amqp_flags_t(AMQP_BASIC_HEADERS_FLAG)
            try checkSize(raw, headers: properties.headers, frameMax: frameMax)
        }
        return raw
    }

    static func shortString(_ text: String, _ what: String, in pool: borrowing BytePool) throws(AMQPError)
        -> amqp_bytes_t
    {
        guard text.utf8.count <= 255 else { throw tooLong(what, text.utf8.count) }
        return pool.copy(text)
    }

    private static func shortString(
        _ bytes: [UInt8], _ what: String, in pool: borrowing BytePool
    ) throws(AMQPError) -> amqp_bytes_t {
        guard bytes.count <= 255 else { throw tooLong(what, bytes.count) }
        return pool.copy(bytes)
    }

    private static func tooLong(_ what: String, _ count: Int) -> AMQPError {
        AMQPError(.unsendable, "the \(what) has \(count) bytes; AMQP allows 255")
    }

    /// All properties share one frame, with 20 bytes of overhead.
    private static func checkSize(
        _ raw: amqp_basic_properties_t, headers: [MessageProperties.Header], frameMax: Int
    ) throws(AMQPError) {
        let strings = [
            raw.content_type, raw.content_encoding, raw.correlation_id, raw.reply_to, raw.expiration, raw.message_id,
            raw.type, raw.user_id, raw.app_id,
        ]
        let flagsAndNumbers = 2 + 1 + 1 + 8
        let size = strings.reduce(flagsAndNumbers) { $0 + 1 + $1.len } + HeaderWriter.encodedSize(headers)
        guard size <= frameMax - 20 else {
            throw AMQPError(
                .unsendable, "the headers take \(size) bytes; one frame of this connection holds \(frameMax - 20)")
        }
    }
}
