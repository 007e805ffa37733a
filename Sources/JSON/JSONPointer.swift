/// A location in a JSON value (RFC 6901).
package struct JSONPointer: Hashable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    /// The unescaped reference tokens, outermost first.
    package var tokens: [String]

    package init(_ tokens: [String] = []) { self.tokens = tokens }

    /// Nil if the text is not a pointer: it must be empty or start with `/`, and `~` must be an escape.
    package init?(parsing text: String) {
        guard !text.isEmpty else {
            self.init()
            return
        }
        guard text.utf8.first == UInt8(ascii: "/") else { return nil }
        var tokens: [String] = []
        for part in text.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            var bytes: [UInt8] = []
            var rest = part[...]
            while let byte = rest.popFirst() {
                guard byte == UInt8(ascii: "~") else {
                    bytes.append(byte)
                    continue
                }
                switch rest.popFirst() {
                case UInt8(ascii: "0"): bytes.append(UInt8(ascii: "~"))
                case UInt8(ascii: "1"): bytes.append(UInt8(ascii: "/"))
                default: return nil
                }
            }
            tokens.append(String(decoding: bytes, as: UTF8.self))
        }
        self.init(tokens)
    }

    package init(stringLiteral value: String) {
        guard let pointer = JSONPointer(parsing: value) else { preconditionFailure("no JSON Pointer: \(value)") }
        self = pointer
    }

    package func appending(_ token: String) -> JSONPointer { JSONPointer(tokens + [token]) }
    package func appending(_ index: Int) -> JSONPointer { JSONPointer(tokens + [String(index)]) }

    package var description: String { tokens.map { "/" + Self.escape($0) }.joined() }

    /// Escapes one reference token: `~` → `~0`, `/` → `~1`.
    package static func escape(_ token: String) -> String {
        guard token.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else { return token }
        var out = ""
        for scalar in token.unicodeScalars {
            switch scalar {
            case "~": out += "~0"
            case "/": out += "~1"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    /// The value at this location, or nil.
    package func resolve(in root: JSONNode) -> JSONNode? {
        var node = root
        for token in tokens {
            switch node.kind {
            case .object:
                guard let member = node[token] else { return nil }
                node = member
            case .array:
                guard let index = Self.arrayIndex(token), index < node.count,
                    let element = node.elements.dropFirst(index).first(where: { _ in true })
                else { return nil }
                node = element
            default: return nil
            }
        }
        return node
    }

    private static func arrayIndex(_ token: String) -> Int? {
        guard token == "0" || (!token.hasPrefix("0") && token.utf8.allSatisfy { (48...57).contains($0) }) else {
            return nil
        }
        return Int(token)
    }
}
