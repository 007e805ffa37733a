/// Validates URIs (RFC 3986) and IRIs (RFC 3987).
enum URIFormat {
    typealias Text = Slice<UnsafeBufferPointer<UInt8>>

    static func accepts(_ text: UnsafeBufferPointer<UInt8>, mustBeAbsolute: Bool, international: Bool) -> Bool {
        var rest = text[...]
        if let hash = rest.firstIndex(of: UInt8(ascii: "#")) {
            guard isMade(rest[(hash + 1)...], of: "/?:@", international) else { return false }
            rest = rest[..<hash]
        }
        if let mark = rest.firstIndex(of: UInt8(ascii: "?")) {
            guard isMade(rest[(mark + 1)...], of: "/?:@", international) else { return false }
            rest = rest[..<mark]
        }
        // A colon before any slash ends a scheme; a relative reference must not have one.
        if let colon = rest.firstIndex(of: UInt8(ascii: ":")), !rest[..<colon].contains(UInt8(ascii: "/")) {
            guard isScheme(rest[..<colon]) else { return false }
            rest = rest[(colon + 1)...]
        } else if mustBeAbsolute {
            return false
        }
        if rest.count >= 2, rest.first == UInt8(ascii: "/"), rest[rest.startIndex + 1] == UInt8(ascii: "/") {
            rest = rest.dropFirst(2)
            let end = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
            guard isAuthority(rest[..<end], international) else { return false }
            rest = rest[end...]
        }
        return isMade(rest, of: "/:@", international)
    }

    private static func isScheme(_ text: Text) -> Bool {
        guard let first = text.first, ASCII.isLetter(first) else { return false }
        return text.allSatisfy {
            ASCII.isAlphanumeric($0) || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
        }
    }

    private static func isAuthority(_ text: Text, _ international: Bool) -> Bool {
        var rest = text
        if let at = rest.lastIndex(of: UInt8(ascii: "@")) {
            guard isMade(rest[..<at], of: ":", international) else { return false }
            rest = rest[(at + 1)...]
        }
        if rest.first == UInt8(ascii: "[") {
            guard let close = rest.lastIndex(of: UInt8(ascii: "]")) else { return false }
            let literal = rest[rest.index(after: rest.startIndex)..<close]
            guard AddressFormats.isIPv6(literal) || isFutureAddress(literal) else { return false }
            let port = rest[(close + 1)...]
            return port.isEmpty || (port.first == UInt8(ascii: ":") && port.dropFirst().allSatisfy(ASCII.isDigit))
        }
        if let colon = rest.lastIndex(of: UInt8(ascii: ":")) {
            guard rest[(colon + 1)...].allSatisfy(ASCII.isDigit) else { return false }
            rest = rest[..<colon]
        }
        return isMade(rest, of: "", international)
    }

    /// IPvFuture: `v`, hexadecimal digits, a point, then at least one character.
    private static func isFutureAddress(_ text: Text) -> Bool {
        guard let first = text.first, first | 0x20 == UInt8(ascii: "v") else { return false }
        let digits = text.dropFirst().prefix { ASCII.isHexadecimal($0) }
        let rest = text.dropFirst(1 + digits.count)
        return !digits.isEmpty && rest.first == UInt8(ascii: ".") && rest.count > 1
            && isMade(rest.dropFirst(), of: ":", false)
    }

    /// Whether the text has only unreserved characters, sub-delimiters, escapes and the characters in `more`.
    private static func isMade(_ text: Text, of more: StaticString, _ international: Bool) -> Bool {
        var rest = text
        while let byte = rest.popFirst() {
            if ASCII.isAlphanumeric(byte) { continue }
            switch byte {
            case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "!"),
                UInt8(ascii: "$"), UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "("), UInt8(ascii: ")"),
                UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "="):
                continue
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst(), let low = rest.popFirst(), ASCII.isHexadecimal(high),
                    ASCII.isHexadecimal(low)
                else { return false }
            case 0x80...: if !international { return false }
            default:
                guard (0..<more.utf8CodeUnitCount).contains(where: { more.utf8Start[$0] == byte }) else { return false }
            }
        }
        return true
    }
}
