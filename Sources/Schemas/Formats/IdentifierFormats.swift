/// Validates UUIDs and JSON Pointers.
enum IdentifierFormats {
    static func isUUID(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard text.count == 36 else { return false }
        for (position, byte) in text.enumerated() {
            switch position {
            case 8, 13, 18, 23: if byte != UInt8(ascii: "-") { return false }
            default: if !ASCII.isHexadecimal(byte) { return false }
            }
        }
        return true
    }

    /// RFC 6901.
    static func isJSONPointer(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        guard !text.isEmpty else { return true }
        guard text.first == UInt8(ascii: "/") else { return false }
        var rest = text
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "~") else { continue }
            guard let escaped = rest.popFirst(), escaped == 48 || escaped == 49 else { return false }
        }
        return true
    }

    /// A number without leading zeros, then `#` or a JSON Pointer.
    static func isRelativeJSONPointer(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let digits = text.prefix { ASCII.isDigit($0) }
        guard !digits.isEmpty, digits.count == 1 || digits.first != 48 else { return false }
        let rest = text.dropFirst(digits.count)
        return (rest.count == 1 && rest.first == UInt8(ascii: "#")) || isJSONPointer(rest)
    }
}
