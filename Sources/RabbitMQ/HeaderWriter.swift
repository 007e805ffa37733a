internal import Contracts
internal import CRabbitMQ

/// Converts headers to field tables in a pool.
enum HeaderWriter {
    static func table(
        _ headers: [MessageProperties.Header], in pool: borrowing BytePool, depth: Int = 1
    ) throws(AMQPError) -> amqp_table_t {
        let entries = pool.allocate(amqp_table_entry_t.self, headers.count)
        for (index, header) in headers.enumerated() {
            entries[index] = amqp_table_entry_t(
                key: try PropertiesWriter.shortString(header.name, "header name", in: pool),
                value: try field(header.value, in: pool, depth: depth))
        }
        return amqp_table_t(num_entries: CInt(headers.count), entries: entries.baseAddress)
    }

    private static func field(
        _ value: HeaderValue, in pool: borrowing BytePool, depth: Int
    ) throws(AMQPError) -> amqp_field_value_t {
        var field = amqp_field_value_t()
        func set(_ kind: amqp_field_value_kind_t) { field.kind = UInt8(kind.rawValue) }
        switch value {
        case .null: set(AMQP_FIELD_KIND_VOID)
        case .bool(let flag):
            set(AMQP_FIELD_KIND_BOOLEAN)
            field.value.boolean = flag ? 1 : 0
        case .integer(let number):
            set(AMQP_FIELD_KIND_I64)
            field.value.i64 = number
        case .double(let number):
            guard number.isFinite else {
                throw AMQPError(.unsendable, "a header holds the number \(number), which many consumers cannot read")
            }
            set(AMQP_FIELD_KIND_F64)
            field.value.f64 = number
        case .decimal(let digits, let scale):
            set(AMQP_FIELD_KIND_DECIMAL)
            field.value.decimal = amqp_decimal_t(decimals: scale, value: digits)
        case .string(let text):
            set(AMQP_FIELD_KIND_UTF8)
            field.value.bytes = pool.copy(text)
        case .bytes(let bytes):
            set(AMQP_FIELD_KIND_BYTES)
            field.value.bytes = pool.copy(bytes)
        case .timestamp(let seconds):
            set(AMQP_FIELD_KIND_TIMESTAMP)
            field.value.u64 = seconds
        case .table(let headers):
            try check(depth)
            set(AMQP_FIELD_KIND_TABLE)
            field.value.table = try table(headers, in: pool, depth: depth + 1)
        case .array(let values):
            try check(depth)
            set(AMQP_FIELD_KIND_ARRAY)
            let fields = pool.allocate(amqp_field_value_t.self, values.count)
            for (index, value) in values.enumerated() {
                fields[index] = try Self.field(value, in: pool, depth: depth + 1)
            }
            field.value.array = amqp_array_t(num_entries: CInt(values.count), entries: fields.baseAddress)
        }
        return field
    }

    /// Encoded size of the table in bytes.
    static func encodedSize(_ headers: [MessageProperties.Header]) -> Int {
        headers.reduce(4) { $0 + 1 + $1.name.utf8.count + encodedSize($1.value) }
    }

    private static func encodedSize(_ value: HeaderValue) -> Int {
        switch value {
        case .null: 1
        case .bool: 2
        case .integer, .double, .timestamp: 9
        case .decimal: 6
        case .string(let text): 5 + text.utf8.count
        case .bytes(let bytes): 5 + bytes.count
        case .table(let headers): 1 + encodedSize(headers)
        case .array(let values): values.reduce(5) { $0 + encodedSize($1) }
        }
    }

    private static func check(_ depth: Int) throws(AMQPError) {
        guard depth < HeaderReader.deepest else {
            throw AMQPError(.unsendable, "a header is nested deeper than \(HeaderReader.deepest) levels")
        }
    }
}
