/// Text in a URI: `%` and two hex digits stand for a byte.
package enum PercentEncoding {
    /// The bytes that are meant; nil where a `%` has no two hex digits behind it.
    package static func bytes(of text: some Collection<UInt8>) -> [UInt8]? { decoded(text, isCareless: false) }

    /// The same, but a `%` without two hex digits behind it stands for itself.
    package static func bytes(ofCareless text: some Collection<UInt8>) -> [UInt8] {
        decoded(text, isCareless: true) ?? []
    }

    /// A text as a part of a URI: every byte but letters, digits and `-._~` is encoded.
    package static func encoded(_ text: String) -> String {
        var out = ""
        for byte in text.utf8 {
            let isPlain =
                (byte | 32 >= 97 && byte | 32 <= 122) || (48...57).contains(byte) || "-._~".utf8.contains(byte)
            out += isPlain ? String(UnicodeScalar(byte)) : "%" + hexadecimal(byte)
        }
        return out
    }

    /// An address as it may stand in a header: what no URI has, such as a space or a letter with an accent, is encoded.
    package static func address(_ text: String) -> String {
        var out = ""
        for byte in text.utf8 {
            let isPlain = byte > 0x20 && byte < 0x7F && !"\"<>\\^`{|}".utf8.contains(byte)
            out += isPlain ? String(UnicodeScalar(byte)) : "%" + hexadecimal(byte)
        }
        return out
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
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
