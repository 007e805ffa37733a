/// Validates host names of IDNA 2008 (RFC 5890 to 5893).
enum InternationalHostname {
    static func accepts(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let scalars = String(decoding: text, as: UTF8.self).unicodeScalars.map(\.value)
        guard !scalars.isEmpty else { return false }
        // IDNA has four equivalent full stops.
        let dots: Set<UInt32> = [0x2E, 0x3002, 0xFF0E, 0xFF61]
        let labels = scalars.split(omittingEmptySubsequences: false) { dots.contains($0) }
        var length = labels.count - 1
        for label in labels {
            guard let size = asciiLength(of: Array(label)) else { return false }
            length += size
        }
        return length <= 253
    }

    /// Length of a label in ASCII; nil if it is not allowed.
    private static func asciiLength(of label: [UInt32]) -> Int? {
        if label.allSatisfy({ $0 < 0x80 }) {
            let bytes = label.map { UInt8(truncatingIfNeeded: $0) }
            return bytes.withUnsafeBufferPointer { HostnameFormat.isLabel($0[...]) } ? label.count : nil
        }
        guard InternationalLabel.isAllowed(label), let encoded = Punycode.encodedLength(of: label) else { return nil }
        return encoded + 4 <= 63 ? encoded + 4 : nil
    }

    /// Whether the text after `xn--` is punycode of an allowed label.
    static func isPunycodeLabel(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        guard let label = Punycode.decode(text), label.contains(where: { $0 >= 0x80 }) else { return false }
        return InternationalLabel.isAllowed(label)
    }
}
