/// How parts become one `_id`: joined by `|`, with `|` and `\` in a part escaped by `\`. Two different lists of parts
/// never give the same id.
package enum RecordKey {
    package static let separator = UInt8(ascii: "|")

    /// Appends one part, escaped.
    package static func append(part: some Collection<UInt8>, to id: inout [UInt8]) {
        for byte in part {
            if byte == separator || byte == UInt8(ascii: "\\") { id.append(UInt8(ascii: "\\")) }
            id.append(byte)
        }
    }
}
