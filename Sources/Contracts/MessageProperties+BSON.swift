package import JSON
package import BSON

/// Converts AMQP properties to and from the document `properties` of dead letters and replays. Short strings keep their
/// bytes: text if UTF-8, else binary. Absent properties are omitted.
extension MessageProperties {
    /// Headers and message-id are fields of their own beside this document.
    package func append(to writer: inout BSONWriter) {
        writer.append("contentType", bytes: contentType)
        writer.append("contentEncoding", bytes: contentEncoding)
        if isPersistent { writer.append("persistent", bool: true) }
        if let priority { writer.append("priority", int64: Int64(priority)) }
        writer.append("correlationId", bytes: correlationId)
        writer.append("replyTo", bytes: replyTo)
        writer.append("expiration", bytes: expiration)
        if let timestamp { HeaderValue.timestamp(timestamp).append(named: "timestamp", to: &writer) }
        writer.append("type", bytes: type)
        writer.append("userId", bytes: userId)
        writer.append("appId", bytes: appId)
    }

    /// As ``append(to:)`` wrote it.
    package init(_ fields: BSONElements) {
        self.init()
        func bytes(_ name: StaticString) -> ByteString? { fields.first(named: name).flatMap(Self.bytes) }
        contentType = bytes("contentType")
        contentEncoding = bytes("contentEncoding")
        isPersistent = fields.first(named: "persistent")?.bool ?? false
        priority = fields.first(named: "priority")?.integer.flatMap { UInt8(exactly: $0) }
        correlationId = bytes("correlationId")
        replyTo = bytes("replyTo")
        expiration = bytes("expiration")
        if let element = fields.first(named: "timestamp"), case .timestamp(let seconds) = HeaderValue(element) {
            timestamp = seconds
        }
        type = bytes("type")
        userId = bytes("userId")
        appId = bytes("appId")
    }

    package static func bytes(_ element: BSONElement) -> ByteString? {
        element.byteString ?? element.binary.map { ByteString(Array($0)) }
    }
}

extension BSONWriter {
    /// Text where the bytes are UTF-8, binary where not; nothing for nil.
    package mutating func append(_ name: StaticString, bytes value: ByteString?) {
        guard let value else { return }
        if value.isUTF8 {
            append(name, string: value)
        } else {
            value.bytes.withUnsafeBytes { append(name, binary: $0) }
        }
    }
}

// MARK: Headers

extension MessageProperties.Header {
    /// Tables nested deeper than a delivery's headers ever are (`HeaderReader.deepest` in RabbitMQ) are cut.
    package static let maximumDepth = 64

    package func append(to writer: inout BSONWriter, depth: Int) {
        // A name ends at the first NUL in BSON.
        let bytes = Array(name.utf8.prefix { $0 != 0 })
        bytes.withUnsafeBufferPointer { value.append(named: $0, to: &writer, depth: depth) }
    }

    /// As ``append(to:depth:)`` wrote it.
    package init(_ element: BSONElement) {
        self.init(name: element.nameText, value: HeaderValue(element))
    }

    fileprivate static func append(
        _ members: [Self], to writer: inout BSONWriter, depth: Int
    ) {
        guard depth < maximumDepth else { return }
        for member in members { member.append(to: &writer, depth: depth + 1) }
    }

    fileprivate static func append(_ values: [HeaderValue], to writer: inout BSONWriter, depth: Int) {
        guard depth < maximumDepth else { return }
        for (index, value) in values.enumerated() {
            BSONWriter.withIndexName(index) { value.append(named: $0, to: &writer, depth: depth + 1) }
        }
    }
}

extension HeaderValue {
    fileprivate func append(named name: StaticString, to writer: inout BSONWriter) {
        append(named: BSONWriter.bytes(of: name), to: &writer, depth: 0)
    }

    fileprivate func append(named name: UnsafeBufferPointer<UInt8>, to writer: inout BSONWriter, depth: Int) {
        switch self {
        case .null: writer.append(name, null: ())
        case .bool(let value): writer.append(name, bool: value)
        case .integer(let value): writer.append(name, int64: value)
        case .double(let value): writer.append(name, double: value)
        case .decimal(let value, let scale):
            writer.append(
                name, decimal: Decimal128(isNegative: false, coefficient: UInt128(value), exponent: -Int(scale)))
        case .string(var text): text.withUTF8 { writer.append(name, string: $0) }
        case .bytes(let bytes): bytes.withUnsafeBytes { writer.append(name, binary: $0) }
        case .timestamp(let seconds):
            // A BSON date is in milliseconds: seconds out of its range are kept as a BSON timestamp.
            if let milliseconds = Int64(exactly: seconds).map({ $0.multipliedReportingOverflow(by: 1000) }),
                !milliseconds.overflow
            {
                writer.append(name, date: milliseconds.partialValue)
            } else {
                writer.append(name, timestamp: seconds)
            }
        case .array(let values):
            writer.append(name, array: { MessageProperties.Header.append(values, to: &$0, depth: depth) })
        case .table(let members):
            writer.append(name, document: { MessageProperties.Header.append(members, to: &$0, depth: depth) })
        }
    }

    package init(_ element: BSONElement) {
        switch element.type {
        case .bool: self = .bool(element.bool == true)
        case .int32, .int64: self = .integer(element.integer ?? 0)
        case .double: self = .double(element.double ?? 0)
        case .string: self = .string(element.text ?? "")
        case .date: self = .timestamp(UInt64(max(0, element.date ?? 0) / 1000))
        case .timestamp: self = .timestamp(element.timestamp ?? 0)
        case .decimal128: self = Self.decimal(element.decimal)
        case .binary: self = .bytes(element.binary.map { Array($0) } ?? [])
        case .array: self = .array(element.elements.map { $0.map { HeaderValue($0) } } ?? [])
        case .document: self = .table(element.elements.map { $0.map { MessageProperties.Header($0) } } ?? [])
        default: self = .null
        }
    }

    private static func decimal(_ value: Decimal128?) -> HeaderValue {
        guard let parts = value?.parts, !parts.isNegative, let digits = UInt32(exactly: parts.coefficient),
            parts.exponent <= 0, let scale = UInt8(exactly: -parts.exponent)
        else { return .null }
        return .decimal(value: digits, scale: scale)
    }
}
