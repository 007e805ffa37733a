/// UTF-8 text compared byte by byte.
///
/// Swift's `String` holds "é" (one scalar) and "é" (two) for equal; a key in the store does not. Wherever text identifies
/// something (record keys, field names, companies, message-ids), it is one of these.
package struct ByteString: Hashable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    package let bytes: [UInt8]

    package init(_ bytes: [UInt8]) { self.bytes = bytes }
    package init(copying bytes: UnsafeBufferPointer<UInt8>) { self.bytes = Array(bytes) }
    package init(_ text: String) { bytes = Array(text.utf8) }
    package init(stringLiteral value: String) { self.init(value) }

    package func hash(into hasher: inout Hasher) {
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    }

    package static func == (a: ByteString, b: ByteString) -> Bool {
        guard a.bytes.count == b.bytes.count else { return false }
        return a.bytes == b.bytes
    }

    package var description: String { String(decoding: bytes, as: UTF8.self) }
}

extension ByteString: Comparable {
    package static func < (a: ByteString, b: ByteString) -> Bool { a.bytes.lexicographicallyPrecedes(b.bytes) }
}
