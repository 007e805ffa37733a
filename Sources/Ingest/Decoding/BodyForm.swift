internal import JSON

/// Recognizes bodies that are not the JSON they should be.
enum BodyForm {
    /// The body without the byte order mark that some senders write before JSON (RFC 8259 lets a reader skip it).
    static func withoutMark(_ body: [UInt8]) -> [UInt8] {
        body.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(body.dropFirst(3)) : body
    }

    /// Whether it is empty, or only white space.
    static func isBlank(_ body: [UInt8]) -> Bool { body.allSatisfy { isSpace($0) } }

    /// What the body is instead of JSON text, and what to send; nil if it is nothing known.
    static func remedy(for body: [UInt8]) -> String? {
        if body.starts(with: [0x1F, 0x8B]) { return "the body is compressed (gzip); send it uncompressed" }
        if body.count > 1, body[0] == 0x78, [0x01, 0x5E, 0x9C, 0xDA].contains(body[1]) {
            return "the body is compressed (deflate); send it uncompressed"
        }
        if body.starts(with: [0xFF, 0xFE]) || body.starts(with: [0xFE, 0xFF])
            || (body.count > 1 && (body[0] == 0) != (body[1] == 0))
        {
            return "the body is encoded as UTF-16; send it encoded as UTF-8"
        }
        if body.first(where: { !isSpace($0) }) == UInt8(ascii: "<") { return "the body is XML; send JSON" }
        return nil
    }

    /// Whether the value is a string that itself is an object or array of JSON.
    static func isEncodedTwice(_ root: JSONNode, _ parser: JSONParser) -> Bool {
        guard root.isString, let first = root.utf8.first(where: { !isSpace($0) }),
            first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
        else { return false }
        return (try? parser.parse(Array(root.utf8))) != nil
    }

    /// Whether the body may be a string: the cheap test before parsing.
    static func isString(_ body: [UInt8]) -> Bool { body.first { !isSpace($0) } == UInt8(ascii: "\"") }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
}
