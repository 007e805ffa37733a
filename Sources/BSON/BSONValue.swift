package import JSON

/// One BSON value, kept: its type and its bytes, without a name.
package struct BSONValue: Sendable, Hashable {
    package let typeByte: UInt8
    package let bytes: [UInt8]

    package init(copying element: BSONElement) {
        typeByte = element.typeByte
        bytes = Array(element.value)
    }

    private init(_ type: BSONType, _ bytes: some Sequence<UInt8>) {
        typeByte = type.rawValue
        self.bytes = Array(bytes)
    }

    /// Milliseconds since 1970.
    package init(date: Int64) { self.init(.date, withUnsafeBytes(of: date.littleEndian) { Array($0) }) }
    package init(bool: Bool) { self.init(.bool, [bool ? 1 : 0]) }
    package init(int64: Int64) { self.init(.int64, withUnsafeBytes(of: int64.littleEndian) { Array($0) }) }

    package init(double: Double) {
        self.init(.double, withUnsafeBytes(of: double.bitPattern.littleEndian) { Array($0) })
    }

    package init(decimal: Decimal128) {
        self.init(
            .decimal128,
            withUnsafeBytes(of: decimal.low.littleEndian) { Array($0) }
                + withUnsafeBytes(of: decimal.high.littleEndian) { Array($0) })
    }

    package static let null = BSONValue(.null, [])

    package init(objectID: ObjectID) { self.init(.objectID, objectID.bytes) }

    /// The high half is seconds since 1970, the low half a counter.
    package init(timestamp: UInt64) {
        self.init(.timestamp, withUnsafeBytes(of: timestamp.littleEndian) { Array($0) })
    }

    package init(string: String) { self.init(text: Array(string.utf8)) }

    /// Also of bytes that are not UTF-8.
    package init(string: ByteString) { self.init(text: string.bytes) }

    private init(text: [UInt8]) {
        let count = Int32(clamping: text.count + 1).littleEndian
        self.init(.string, withUnsafeBytes(of: count) { Array($0) } + text + [0])
    }

    package var type: BSONType? { BSONType(rawValue: typeByte) }

    /// Lends the value as an element with an empty name.
    package func withElement<Result>(_ body: (BSONElement) -> Result) -> Result {
        bytes.withUnsafeBytes { value in
            body(
                BSONElement(
                    whole: UnsafeRawBufferPointer(start: nil, count: 0), typeByte: typeByte,
                    name: UnsafeBufferPointer(start: nil, count: 0), value: value))
        }
    }

    package var date: Int64? { withElement { $0.date } }
    package var objectID: ObjectID? { withElement { $0.objectID } }

    package var timestamp: UInt64? {
        guard type == .timestamp, bytes.count == 8 else { return nil }
        return bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
    }
}

extension BSONWriter {
    package mutating func append(_ name: StaticString, value: BSONValue) {
        append(Self.bytes(of: name), value: value)
    }

    package mutating func append(_ name: UnsafeBufferPointer<UInt8>, value: BSONValue) {
        value.bytes.withUnsafeBytes { append(name, type: value.typeByte, value: $0) }
    }
}

extension BSONElements {
    /// The element at a dotted path; nil if absent or if the path crosses an array.
    package func first(at path: FieldPath) -> BSONElement? {
        var fields = self
        for (index, name) in path.names.enumerated() {
            let found = name.withUnsafeBufferPointer { name in fields.first { $0.isNamed(name) } }
            guard let found else { return nil }
            if index == path.names.count - 1 { return found }
            guard found.type == .document, let inner = found.elements else { return nil }
            fields = inner
        }
        return nil
    }
}

/// A dotted field path, in MongoDB's notation.
package struct FieldPath: Sendable, Hashable {
    package let text: String
    let names: [[UInt8]]

    package init(_ text: String) {
        self.text = text
        names = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map { Array($0) }
    }
}
