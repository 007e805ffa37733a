/// Validates URI templates (RFC 6570).
enum URITemplateFormat {
    static func accepts(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var rest = text[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "{"):
                guard let close = rest.firstIndex(of: UInt8(ascii: "}")), isExpression(rest[..<close]) else {
                    return false
                }
                rest = rest[(close + 1)...]
            case UInt8(ascii: "%"):
                guard rest.count >= 2, rest.prefix(2).allSatisfy(ASCII.isHexadecimal) else { return false }
                rest = rest.dropFirst(2)
            case UInt8(ascii: "}"), UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\\"),
                UInt8(ascii: "^"), UInt8(ascii: "`"), UInt8(ascii: "|"), 0...0x20, 0x7F:
                return false
            default: break
            }
        }
        return true
    }

    private static func isExpression(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        var variables = text
        if let first = text.first, isOperator(first) { variables = text.dropFirst() }
        return variables.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).allSatisfy(isVariable)
    }

    private static func isOperator(_ byte: UInt8) -> Bool {
        let operators: StaticString = "+#./;?&=,!@|"
        return (0..<operators.utf8CodeUnitCount).contains { operators.utf8Start[$0] == byte }
    }

    /// A variable: letters, digits, `_`, escapes and inner points; then `*` or `:` with a length up to 9999.
    private static func isVariable(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        var name = text
        if name.last == UInt8(ascii: "*") {
            name = name.dropLast()
        } else if let colon = name.firstIndex(of: UInt8(ascii: ":")) {
            let length = name[(colon + 1)...]
            guard (1...4).contains(length.count), length.allSatisfy(ASCII.isDigit), length.first != 48 else {
                return false
            }
            name = name[..<colon]
        }
        guard !name.isEmpty, name.first != UInt8(ascii: "."), name.last != UInt8(ascii: ".") else { return false }
        while let byte = name.popFirst() {
            if byte == UInt8(ascii: "%") {
                guard name.count >= 2, name.prefix(2).allSatisfy(ASCII.isHexadecimal) else { return false }
                name = name.dropFirst(2)
            } else if !ASCII.isAlphanumeric(byte), byte != UInt8(ascii: "_"), byte != UInt8(ascii: ".") {
                return false
            }
        }
        return true
    }
}
