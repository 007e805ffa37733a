/// Validates host names (RFC 1123).
enum HostnameFormat {
    static func accepts(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        guard !text.isEmpty, text.count <= 253 else { return false }
        return text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy(isLabel)
    }

    static func isLabel(_ label: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        guard (1...63).contains(label.count), label.first != UInt8(ascii: "-"), label.last != UInt8(ascii: "-") else {
            return false
        }
        guard label.allSatisfy({ ASCII.isAlphanumeric($0) || $0 == UInt8(ascii: "-") }) else { return false }
        // "--" in third and fourth position marks punycode, which must be valid.
        let at = label.startIndex
        guard label.count >= 4, label[at + 2] == UInt8(ascii: "-"), label[at + 3] == UInt8(ascii: "-") else {
            return true
        }
        guard label[at] | 0x20 == UInt8(ascii: "x"), label[at + 1] | 0x20 == UInt8(ascii: "n") else { return false }
        return InternationalHostname.isPunycodeLabel(label.dropFirst(4))
    }
}
