internal import JSON
internal import Yams

/// Writes JSON values as YAML.
enum YAMLFlow {
    /// On one line. `old`: the text that it replaces, whose quotes are kept.
    static func text(_ node: JSONNode, like old: Node.Scalar? = nil) -> String {
        if node.isObject {
            let members = node.members.map { "\(key($0.name.string ?? "")): \(text($0.value))" }
            return members.isEmpty ? "{}" : "{ \(members.joined(separator: ", ")) }"
        }
        if node.isArray { return "[\(node.elements.map { text($0) }.joined(separator: ", "))]" }
        guard let string = node.string else { return String(decoding: node.rawText, as: UTF8.self) }
        switch old?.style {
        case .singleQuoted where string.unicodeScalars.allSatisfy { isPrintable($0) }:
            return "'\(string.replacing("'", with: "''"))'"
        case .doubleQuoted: return quoted(string)
        default: return key(string)
        }
    }

    /// A text without quotes where all readers of YAML take it for one.
    static func key(_ text: String) -> String { isPlain(text) ? text : quoted(text) }

    /// Lines of a block: lists of objects one element a line, in objects of lists too.
    static func block(_ name: String, _ value: JSONNode) -> [String] {
        if value.isArray, value.elements.contains(where: { $0.isObject }) {
            return ["\(key(name)):"] + value.elements.map { "  - \(text($0))" }
        }
        if value.isObject, value.count > 0, value.members.allSatisfy({ $0.value.isArray }) {
            return ["\(key(name)):"]
                + value.members.flatMap { block($0.name.string ?? "", $0.value) }.map { "  " + $0 }
        }
        return ["\(key(name)): \(text(value))"]
    }

    private static let words: Set<String> = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"]

    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 60, !words.contains(text.lowercased()) else {
            return false
        }
        func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte & 0xDF) || byte == UInt8(ascii: "_") }
        return isLetter(first) && text.utf8.allSatisfy { isLetter($0) || (48...57).contains($0) }
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        (0x20...0x7E).contains(scalar.value) || (0xA0...0xD7FF).contains(scalar.value)
    }

    /// As JSON, with escapes for what YAML takes for a line end or does not allow.
    private static func quoted(_ text: String) -> String {
        var out = ""
        for scalar in JSONText.quoted(text).unicodeScalars {
            switch scalar.value {
            case 0x7F...0x9F, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF:
                let hex = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
