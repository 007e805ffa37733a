internal import Contracts
internal import CRabbitMQ
internal import JSON

/// Converts basic properties decoded by librabbitmq. Copies what it keeps.
enum PropertiesReader {
    static func properties(_ raw: amqp_basic_properties_t) -> MessageProperties {
        var properties = MessageProperties()
        let flags = raw._flags
        guard flags != 0 else { return properties }
        func has(_ flag: CInt) -> Bool { flags & amqp_flags_t(flag) != 0 }

        if has(AMQP_BASIC_CONTENT_TYPE_FLAG) { properties.contentType = bytes(raw.content_type) }
        if has(AMQP_BASIC_CONTENT_ENCODING_FLAG) { properties.contentEncoding = bytes(raw.content_encoding) }
        if has(AMQP_BASIC_HEADERS_FLAG) { properties.headers = HeaderReader.headers(raw.headers) }
        if has(AMQP_BASIC_DELIVERY_MODE_FLAG) {
            properties.isPersistent = raw.delivery_mode == UInt8(AMQP_DELIVERY_PERSISTENT.rawValue)
        }
        if has(AMQP_BASIC_PRIORITY_FLAG) { properties.priority = raw.priority }
        if has(AMQP_BASIC_CORRELATION_ID_FLAG) { properties.correlationId = bytes(raw.correlation_id) }
        if has(AMQP_BASIC_REPLY_TO_FLAG) { properties.replyTo = bytes(raw.reply_to) }
        if has(AMQP_BASIC_EXPIRATION_FLAG) { properties.expiration = bytes(raw.expiration) }
        if has(AMQP_BASIC_MESSAGE_ID_FLAG) { properties.messageId = bytes(raw.message_id) }
        if has(AMQP_BASIC_TIMESTAMP_FLAG) { properties.timestamp = raw.timestamp }
        if has(AMQP_BASIC_TYPE_FLAG) { properties.type = bytes(raw.type) }
        if has(AMQP_BASIC_USER_ID_FLAG) { properties.userId = bytes(raw.user_id) }
        if has(AMQP_BASIC_APP_ID_FLAG) { properties.appId = bytes(raw.app_id) }
        return properties
    }

    private static func bytes(_ raw: amqp_bytes_t) -> ByteString {
        ByteString(Array(UnsafeRawBufferPointer(amqp: raw)))
    }
}
