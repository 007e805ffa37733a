/// Validates mail addresses: Mailbox of RFC 5321, and of RFC 6531 for `idn-email`.
enum EmailFormat {
    typealias Text = Slice<UnsafeBufferPointer<UInt8>>

    static func accepts(_ text: UnsafeBufferPointer<UInt8>, international: Bool) -> Bool {
        guard text.count <= 254, let at = text.lastIndex(of: UInt8(ascii: "@")) else { return false }
        let local = text[..<at]
        let domain = text[(at + 1)...]
        guard !local.isEmpty, local.count <= 64, isLocal(local, international) else { return false }
        if domain.first == UInt8(ascii: "["), domain.last == UInt8(ascii: "]") {
            let literal = domain.dropFirst().dropLast()
            let prefix: StaticString = "IPv6:"
            let isIPv6 =
                literal.count > 5
                && (0..<5).allSatisfy { literal[literal.startIndex + $0] | 0x20 == prefix.utf8Start[$0] | 0x20 }
            return isIPv6 ? AddressFormats.isIPv6(literal.dropFirst(5)) : AddressFormats.isIPv4(literal)
        }
        if international, domain.contains(where: { $0 >= 0x80 }) {
            return InternationalHostname.accepts(UnsafeBufferPointer(rebasing: domain))
        }
        return HostnameFormat.accepts(domain)
    }

    private static func isLocal(_ local: Text, _ international: Bool) -> Bool {
        if local.first == UInt8(ascii: "\"") { return isQuoted(local, international) }
        return local.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { atom in
            !atom.isEmpty && atom.allSatisfy { isAtomText($0) || (international && $0 >= 0x80) }
        }
    }

    private static func isAtomText(_ byte: UInt8) -> Bool {
        if ASCII.isAlphanumeric(byte) { return true }
        switch byte {
        case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
            UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "/"),
            UInt8(ascii: "="), UInt8(ascii: "?"), UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"),
            UInt8(ascii: "{"), UInt8(ascii: "|"), UInt8(ascii: "}"), UInt8(ascii: "~"):
            return true
        default: return false
        }
    }

    private static func isQuoted(_ local: Text, _ international: Bool) -> Bool {
        guard local.count >= 2, local.last == UInt8(ascii: "\"") else { return false }
        var inner = local.dropFirst().dropLast()
        while let byte = inner.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return false
            case UInt8(ascii: "\\"):
                guard let escaped = inner.popFirst(), (32...126).contains(escaped) else { return false }
            case 32...126: break
            default: if !international || byte < 0x80 { return false }
            }
        }
        return true
    }
}
