package import Documents

/// How parts become one `_id`: joined by `|`, with `|` and `\` in a part escaped by `\`. Two different lists of parts
/// never give the same id.
package enum RecordKey {
    package static let separator = UInt8(ascii: "|")

    /// Appends one part, escaped.
    package static func append(part: some Collection<UInt8>, to id: inout [UInt8]) {
        guard part.contains(where: { $0 == separator || $0 == UInt8(ascii: "\\") }) else {
            return id.append(contentsOf: part)
        }
        for byte in part {
            if byte == separator || byte == UInt8(ascii: "\\") { id.append(UInt8(ascii: "\\")) }
            id.append(byte)
        }
    }

    /// Appends one part that need not be UTF-8: a byte that is not is written as `\xHH`. The store holds text only, and
    /// drivers refuse a document whose strings are none.
    package static func append(anyBytes part: ByteString, to id: inout [UInt8]) {
        part.split(
            valid: { append(part: $0, to: &id) },
            invalid: { id.append(contentsOf: "\\x\(String($0, radix: 16))".utf8) })
    }
}
