import JSON

/// Describes a value, truncated.
enum FoundPhrase {
    static let secret = "(secret)"
    /// Maximum number of characters shown of a value.
    static let shown = 60

    static func of(_ node: JSONNode) -> String {
        switch node.kind {
        case .null: "null"
        case .true: "true"
        case .false: "false"
        case .number: "the number \(cut(String(decoding: node.utf8, as: UTF8.self)))"
        case .string: node.utf8.isEmpty ? "an empty string" : "the string \(quoted(node))"
        case .array: node.count == 0 ? "an empty list" : "a list of \(node.count)"
        case .object: node.count == 0 ? "an empty object" : "an object of \(counted(node.count, "member"))"
        }
    }

    /// The string in quotes as JSON writes it, truncated.
    static func quoted(_ node: JSONNode) -> String {
        quoted(String(decoding: node.utf8.prefix(shown * 4 + 4), as: UTF8.self))
    }

    static func quoted(_ text: String) -> String {
        var out = "\""
        for (position, scalar) in text.unicodeScalars.enumerated() {
            guard position < shown else {
                out += "…"
                break
            }
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F || isInvisible(scalar):
                let digits = String(scalar.value, radix: 16, uppercase: true)
                out += "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }

    /// Characters that would change how the surrounding text is displayed.
    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .format, .control, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }

    static func cut(_ text: String) -> String {
        text.unicodeScalars.count <= shown ? text : String(text.unicodeScalars.prefix(shown)) + "…"
    }

    /// `1 character`, `2 characters`.
    static func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}
