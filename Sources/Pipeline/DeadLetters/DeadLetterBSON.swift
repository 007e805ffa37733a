internal import Documents
internal import Records

extension Reason {
    /// As a document of a dead letter: every field, null where there is nothing to say.
    func append(to writer: inout BSONWriter) {
        if let item { writer.append("item", int64: Int64(item)) } else { writer.append("item", null: ()) }
        writer.append("code", string: code.rawValue)
        writer.append("pointer", string: pointer.description)
        writer.append("keyword", string: keyword)
        writer.append("expected", string: expected)
        writer.append("found", string: found)
        writer.append("text", string: text)
        if let position {
            writer.append("line", int64: Int64(position.line))
            writer.append("column", int64: Int64(position.column))
        } else {
            writer.append("line", null: ())
            writer.append("column", null: ())
        }
    }
}

extension MessageProperties.Header {
    /// Tables nested deeper than this are cut: headers are shown, never replayed.
    private static let maximumDepth = 32

    func append(to writer: inout BSONWriter, depth: Int) {
        // A name ends at the first NUL in BSON.
        let bytes = Array(name.utf8.prefix { $0 != 0 })
        bytes.withUnsafeBufferPointer { Self.append(value, named: $0, to: &writer, depth: depth) }
    }

    private static func append(
        _ value: HeaderValue, named name: UnsafeBufferPointer<UInt8>, to writer: inout BSONWriter, depth: Int
    ) {
        switch value {
        case .null: writer.append(name, null: ())
        case .bool(let value): writer.append(name, bool: value)
        case .integer(let value): writer.append(name, int64: value)
        case .double(let value): writer.append(name, double: value)
        case .decimal(let value, let scale):
            writer.append(
                name,
                decimal: Decimal128(isNegative: false, coefficient: UInt128(value), exponent: -Int(scale)))
        case .string(var text): text.withUTF8 { writer.append(name, string: $0) }
        case .bytes(let bytes): bytes.withUnsafeBytes { writer.append(name, binary: $0) }
        case .timestamp(let seconds): writer.append(name, date: Int64(clamping: seconds).multipliedClamped(by: 1000))
        case .array(let values):
            writer.append(
                name,
                array: { inner in
                    guard depth < maximumDepth else { return }
                    for (index, value) in values.enumerated() {
                        BSONWriter.withIndexName(index) { append(value, named: $0, to: &inner, depth: depth + 1) }
                    }
                })
        case .table(let members):
            writer.append(
                name,
                document: { inner in
                    guard depth < maximumDepth else { return }
                    for member in members { member.append(to: &inner, depth: depth + 1) }
                })
        }
    }
}
