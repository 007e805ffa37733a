/// UTF-8 text compared byte by byte.
///
/// Swift's `String` treats "é" as one scalar and as two as equal; MongoDB keys do not. Used wherever text is an
/// identifier (record keys, field names, companies, message-ids).
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

    package var isUTF8: Bool { String(validating: bytes, as: UTF8.self) != nil }

    /// The text with each invalid UTF-8 byte written as `\xHH`, for people and for the store, which accept only UTF-8.
    package var asText: ByteString {
        if isUTF8 { return self }
        var text: [UInt8] = []
        split(
            valid: { text.append(contentsOf: $0) },
            invalid: { text.append(contentsOf: "\\x\(String($0, radix: 16))".utf8) })
        return ByteString(text)
    }

    /// Splits the bytes into runs of valid UTF-8 and single invalid bytes.
    package func split(valid: (ArraySlice<UInt8>) -> Void, invalid: (UInt8) -> Void) {
        if isUTF8 { return valid(bytes[...]) }
        var parser = Unicode.UTF8.ForwardParser()
        var rest = bytes.makeIterator()
        var (start, at) = (0, 0)
        while true {
            switch parser.parseScalar(from: &rest) {
            case .valid(let scalar): at += scalar.count
            case .error(let length):
                if start < at { valid(bytes[start..<at]) }
                for byte in bytes[at..<(at + length)] { invalid(byte) }
                at += length
                start = at
            case .emptyInput:
                if start < at { valid(bytes[start..<at]) }
                return
            }
        }
    }
}

extension ByteString: Comparable {
    package static func < (a: ByteString, b: ByteString) -> Bool { a.bytes.lexicographicallyPrecedes(b.bytes) }
}
