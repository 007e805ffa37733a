internal import CSimdJSON

/// A JSON syntax error with its location.
package struct JSONSyntaxError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case empty, invalidUTF8, controlCharacter, unterminatedString, invalidEscape, loneSurrogate, invalidNumber
        case invalidLiteral, expectedValue, expectedName, expectedColon, expectedCommaOrEnd, trailingContent
        case unexpectedEnd, tooDeep, tooLarge, outOfMemory
    }

    package let code: Code
    /// Offset of the offending byte.
    package let byteOffset: Int
    package let position: TextPosition
    /// What is wrong and how to fix it, in one sentence without the location.
    package let message: String

    package var description: String { "line \(position.line), column \(position.column): \(message)" }
}

extension JSONSyntaxError {
    init(_ error: promo_json_error, offset: Int, in text: UnsafeBufferPointer<UInt8>) {
        code = Code(error)
        byteOffset = offset
        position = TextPosition(ofByte: offset, in: text)
        let beginsWithMark = text.starts(with: [0xEF, 0xBB, 0xBF])
        message =
            offset == 0 && beginsWithMark
            ? "the text begins with a byte order mark; send it without"
            : Self.comma(before: offset, in: text)
                ?? code.sentence(found: Self.character(at: offset, in: text), byteOffset: offset)
    }

    /// The sentence for a comma before a closing bracket; nil for other errors.
    private static func comma(before offset: Int, in text: UnsafeBufferPointer<UInt8>) -> String? {
        guard offset < text.count, text[offset] == UInt8(ascii: "]") || text[offset] == UInt8(ascii: "}"),
            let before = text[..<offset].last(where: { $0 > 32 }), before == UInt8(ascii: ",")
        else { return nil }
        return "a comma stands before the closing \(character(at: offset, in: text)); remove the comma"
    }

    /// The offending character, quoted.
    private static func character(at offset: Int, in text: UnsafeBufferPointer<UInt8>) -> String {
        guard offset < text.count else { return "the end of the text" }
        let byte = text[offset]
        if byte < 0x20 || byte == 0x7F { return "the control character 0x" + Self.hexadecimal(byte) }
        if byte < 0x80 { return "'\(Character(UnicodeScalar(byte)))'" }
        let end = text[(offset + 1)...].prefix { $0 & 0xC0 == 0x80 }.endIndex
        return "'\(String(decoding: text[offset..<min(end, offset + 4)], as: UTF8.self))'"
    }

    fileprivate static func hexadecimal(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }
}

extension JSONSyntaxError.Code {
    fileprivate init(_ error: promo_json_error) {
        switch error {
        case promo_json_empty: self = .empty
        case promo_json_invalid_utf8: self = .invalidUTF8
        case promo_json_control_character: self = .controlCharacter
        case promo_json_unterminated_string: self = .unterminatedString
        case promo_json_invalid_escape: self = .invalidEscape
        case promo_json_lone_surrogate: self = .loneSurrogate
        case promo_json_invalid_number: self = .invalidNumber
        case promo_json_invalid_literal: self = .invalidLiteral
        case promo_json_expected_value: self = .expectedValue
        case promo_json_expected_name: self = .expectedName
        case promo_json_expected_colon: self = .expectedColon
        case promo_json_expected_comma_or_end: self = .expectedCommaOrEnd
        case promo_json_trailing_content: self = .trailingContent
        case promo_json_unexpected_end: self = .unexpectedEnd
        case promo_json_too_deep: self = .tooDeep
        case promo_json_too_large: self = .tooLarge
        default: self = .outOfMemory
        }
    }

    fileprivate func sentence(found: String, byteOffset: Int) -> String {
        switch self {
        case .empty: "the text is empty; send a JSON value"
        case .invalidUTF8: "byte \(byteOffset) is not valid UTF-8; send the text encoded as UTF-8"
        case .controlCharacter: "found \(found) inside a string; write it as an escape such as \\n or \\u0009"
        case .unterminatedString: "the string that begins here has no closing quote"
        case .invalidEscape: "this is not a JSON escape; write \\\\ for a backslash"
        case .loneSurrogate:
            "byte \(byteOffset) begins one half of a surrogate pair without the other; write both, or the character"
        case .invalidNumber: "this is not a JSON number; write digits with a point, such as 12.5, and no leading zero"
        case .invalidLiteral: "only true, false and null may stand without quotes"
        case .expectedValue: "expected a value, found \(found); write a value, or null"
        case .expectedName: "expected a name in quotes, found \(found)"
        case .expectedColon: "expected ':' after the name, found \(found)"
        case .expectedCommaOrEnd: "expected ',' or the closing bracket, found \(found)"
        case .trailingContent: "found \(found) after the end of the value; send one value a message"
        case .unexpectedEnd: "the text ends before the value does; it may have been cut off"
        case .tooDeep: "objects and arrays are nested too deeply"
        case .tooLarge: "the text is 4 GiB or larger"
        case .outOfMemory: "not enough memory to read the text"
        }
    }
}
