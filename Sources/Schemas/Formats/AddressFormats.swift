/// Validates IP addresses.
enum AddressFormats {
    typealias Text = Slice<UnsafeBufferPointer<UInt8>>

    /// Four decimal numbers without leading zeros.
    static func isIPv4(_ text: Text) -> Bool {
        let parts = text.split(separator: UInt8(ascii: "."), maxSplits: 4, omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                guard (1...3).contains(part.count), part.allSatisfy(ASCII.isDigit) else { return false }
                if part.count > 1, part.first == UInt8(ascii: "0") { return false }
                return part.reduce(0) { $0 * 10 + Int($1 &- 48) } <= 255
            }
    }

    /// RFC 4291, section 2.2.
    static func isIPv6(_ text: Text) -> Bool {
        guard text.count >= 2, text.count <= 45 else { return false }
        var parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count >= 3 else { return false }
        // At either end, "::" gives two empty parts: one of them is the gap.
        if parts[0].isEmpty {
            guard parts[1].isEmpty else { return false }
            parts.removeFirst()
        }
        if let last = parts.last, last.isEmpty {
            guard parts[parts.count - 2].isEmpty else { return false }
            parts.removeLast()
        }
        var groups = 0
        var gaps = 0
        for (position, part) in parts.enumerated() {
            if part.isEmpty {
                gaps += 1
            } else if position == parts.count - 1, part.contains(UInt8(ascii: ".")) {
                guard isIPv4(part) else { return false }
                groups += 2
            } else {
                guard part.count <= 4, part.allSatisfy(ASCII.isHexadecimal) else { return false }
                groups += 1
            }
        }
        return gaps == 0 ? groups == 8 : gaps == 1 && groups <= 7
    }
}
