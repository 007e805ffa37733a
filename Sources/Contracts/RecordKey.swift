package import JSON

/// Encodes key parts as one `_id`: joined by `|`, with `|` and `\` escaped by `\`. Injective.
package enum RecordKey {
    package static let separator = UInt8(ascii: "|")

    /// Appends one escaped part.
    package static func append(part: some Collection<UInt8>, to id: inout [UInt8]) {
        guard part.contains(where: { $0 == separator || $0 == UInt8(ascii: "\\") }) else {
            return id.append(contentsOf: part)
        }
        for byte in part {
            if byte == separator || byte == UInt8(ascii: "\\") { id.append(UInt8(ascii: "\\")) }
            id.append(byte)
        }
    }

    /// Appends a part that may not be UTF-8: invalid bytes become `\xHH`, since BSON strings must be valid UTF-8.
    package static func append(anyBytes part: ByteString, to id: inout [UInt8]) {
        part.split(
            valid: { append(part: $0, to: &id) },
            invalid: { id.append(contentsOf: "\\x\(String($0, radix: 16))".utf8) })
    }
}
