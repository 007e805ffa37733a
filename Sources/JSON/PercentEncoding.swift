/// Text in a URI: `%` and two hex digits stand for a byte.
package enum PercentEncoding {
    /// The bytes that are meant; nil where a `%` has no two hex digits behind it.
    package static func bytes(of text: some Collection<UInt8>) -> [UInt8]? { decoded(text, isCareless: false) }

    /// The same, but a `%` without two hex digits behind it stands for itself.
    package static func bytes(ofCareless text: some Collection<UInt8>) -> [UInt8] {
        decoded(text, isCareless: true) ?? []
    }

    private static func decoded(_ text: some Collection<UInt8>, isCareless: Bool) -> [UInt8]? {
        var bytes: [UInt8] = []
        var at = text.startIndex
        while at != text.endIndex {
            let byte = text[at]
            text.formIndex(after: &at)
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = text[at...].prefix(2).compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
            guard digits.count == 2 else {
                guard isCareless else { return nil }
                bytes.append(byte)
                continue
            }
            bytes.append(UInt8(digits[0] * 16 + digits[1]))
            text.formIndex(&at, offsetBy: 2)
        }
        return bytes
    }
}
