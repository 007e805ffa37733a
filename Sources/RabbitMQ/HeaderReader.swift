internal import Contracts
internal import CRabbitMQ

/// Converts field tables decoded by librabbitmq to headers.
///
/// Supports every field type of RabbitMQ. Unsigned 64-bit integers beyond Int64 become decimal text; long strings that
/// are not UTF-8 become bytes. Values nested deeper than ``deepest`` are replaced by a note: the sender chooses the
/// depth (26,000 levels fit into a frame), and readers may recurse.
enum HeaderReader {
    static let deepest = 64
    static let tooDeep = HeaderValue.string("(left out: nested deeper than 64 levels)")

    static func headers(_ table: amqp_table_t, depth: Int = 1) -> [MessageProperties.Header] {
        let entries = UnsafeBufferPointer(
            start: table.entries, count: table.entries == nil ? 0 : Int(table.num_entries))
        return entries.map { entry in
            MessageProperties.Header(name: text(entry.key), value: value(entry.value, depth: depth))
        }
    }

    static func value(_ field: amqp_field_value_t, depth: Int) -> HeaderValue {
        let value = field.value
        // The kinds are characters; Swift imports the enum without fixed values.
        switch amqp_field_value_kind_t(rawValue: UInt32(field.kind)) {
        case AMQP_FIELD_KIND_BOOLEAN: return .bool(value.boolean != 0)
        case AMQP_FIELD_KIND_I8: return .integer(Int64(value.i8))
        case AMQP_FIELD_KIND_U8: return .integer(Int64(value.u8))
        case AMQP_FIELD_KIND_I16: return .integer(Int64(value.i16))
        case AMQP_FIELD_KIND_U16: return .integer(Int64(value.u16))
        case AMQP_FIELD_KIND_I32: return .integer(Int64(value.i32))
        case AMQP_FIELD_KIND_U32: return .integer(Int64(value.u32))
        case AMQP_FIELD_KIND_I64: return .integer(value.i64)
        case AMQP_FIELD_KIND_U64: return Int64(exactly: value.u64).map { .integer($0) } ?? .string(String(value.u64))
        case AMQP_FIELD_KIND_F32: return .double(Double(value.f32))
        case AMQP_FIELD_KIND_F64: return .double(value.f64)
        case AMQP_FIELD_KIND_DECIMAL: return .decimal(value: value.decimal.value, scale: value.decimal.decimals)
        case AMQP_FIELD_KIND_UTF8:
            let bytes = UnsafeRawBufferPointer(amqp: value.bytes)
            return String(validating: bytes, as: UTF8.self).map { .string($0) } ?? .bytes(Array(bytes))
        case AMQP_FIELD_KIND_BYTES: return .bytes(Array(UnsafeRawBufferPointer(amqp: value.bytes)))
        case AMQP_FIELD_KIND_TIMESTAMP: return .timestamp(value.u64)
        case AMQP_FIELD_KIND_TABLE:
            return depth < deepest ? .table(headers(value.table, depth: depth + 1)) : tooDeep
        case AMQP_FIELD_KIND_ARRAY:
            guard depth < deepest else { return tooDeep }
            let array = value.array
            let fields = UnsafeBufferPointer(
                start: array.entries, count: array.entries == nil ? 0 : Int(array.num_entries))
            return .array(fields.map { Self.value($0, depth: depth + 1) })
        default: return .null
        }
    }

    static func text(_ bytes: amqp_bytes_t) -> String {
        String(decoding: UnsafeRawBufferPointer(amqp: bytes), as: UTF8.self)
    }
}

extension UnsafeRawBufferPointer {
    /// Borrows the bytes: valid as long as the library's buffers.
    init(amqp bytes: amqp_bytes_t) {
        self.init(start: bytes.bytes, count: bytes.bytes == nil ? 0 : bytes.len)
    }
}
