internal import JSON

/// Parses a path; errors give the character's position.
struct PathParser {
    struct Problem: Error { let message: String }

    private var rest: Substring
    private let text: String
    private let allowsMany: Bool

    /// Whether a text begins like a path; .5 is a number.
    static func isPath(_ text: String) -> Bool {
        if text.hasPrefix("$") || text.hasPrefix("^") || text.hasPrefix("~.") || text.hasPrefix("~[") { return true }
        guard text.hasPrefix(".") else { return false }
        var number = "0" + text
        return !number.withUTF8 { Decimals.isJSONNumber($0) }
    }

    /// What a text means where both paths and texts are allowed.
    enum Meaning {
        case path, text
        /// In quotes, though a path with brackets needs them too.
        case unclear
    }

    /// In quotes a text is a text, unless it begins with `$.` or `$[`.
    static func meaning(of text: String, isQuoted: Bool) -> Meaning {
        guard isPath(text) else { return .text }
        guard isQuoted else { return .path }
        let isFromMessage = text.hasPrefix("$[") || (text.hasPrefix("$.") && text.dropFirst(2).first?.isNumber != true)
        let isBracketed = text.contains("[") && !text.hasPrefix("$")
        guard isFromMessage || isBracketed, (try? parse(text, allowsMany: true)) != nil else { return .text }
        return isFromMessage ? .path : .unclear
    }

    /// Whether a name can stand after a dot.
    static func isPlainName(_ word: String) -> Bool {
        !word.isEmpty && word.allSatisfy(isNameCharacter) && isPath("." + word)
    }

    /// Wider than RFC 9535's shorthand: names such as @id, #text, $oid, xsi:type, 2x and with-hyphen are common.
    private static func isNameCharacter(_ character: Character) -> Bool {
        "_-@#$:".contains(character) || character.isNumber
            || character.unicodeScalars.allSatisfy(\.properties.isAlphabetic)
    }

    /// A name in quotes, for brackets.
    static func quoted(_ name: String) -> String {
        "'\(name.replacing("\\", with: "\\\\").replacing("'", with: "\\'"))'"
    }

    /// The path of a member of the item.
    static func path(ofMember name: String) -> String {
        isPlainName(name) ? "." + name : ".[\(quoted(name))]"
    }

    /// `allowsMany`: accept `[*]`.
    static func parse(_ text: String, allowsMany: Bool = false) throws(Problem) -> Path {
        var parser = PathParser(rest: text[...], text: text, allowsMany: allowsMany)
        return try parser.path()
    }

    private mutating func path() throws(Problem) -> Path {
        var base = Path.Base.item
        if rest.first == "$" {
            base = .root
            rest.removeFirst()
        } else if rest.first == "^" {
            let level = rest.prefix { $0 == "^" }.count
            base = .parent(level)
            rest = rest.dropFirst(level)
        } else if rest.first == "~" {
            base = .stored
            rest.removeFirst()
        } else if rest == "." {
            return Path(base: .item, steps: [])
        } else if rest.first != "." {
            throw Problem(
                message:
                    "a path starts with $ (the message), . (the item), ^ (the element around the item) or ~ (the stored"
                    + " record)")
        }
        var steps: [Path.Step] = []
        while let next = rest.first {
            rest.removeFirst()
            switch next {
            case ".":
                // A bracket needs no dot before it, but may have one.
                if rest.first == "[" {
                    rest.removeFirst(); steps.append(try bracketed())
                } else {
                    steps.append(try dotted())
                }
            case "[": steps.append(try bracketed())
            default: throw Problem(message: "expected '.name' or '[0]' in the path, found '\(next)\(rest.prefix(10))'")
            }
        }
        return Path(base: base, steps: steps)
    }

    private mutating func dotted() throws(Problem) -> Path.Step {
        if rest.first == "." { throw Problem(message: "'..' searches everywhere; a path selects one value") }
        if rest.first == "*" { throw Problem(message: "write [*] for every element of an array") }
        let name = rest.prefix(while: Self.isNameCharacter)
        guard !name.isEmpty else {
            throw Problem(message: "expected a name after '.'; write .['a name'] for one with other characters")
        }
        rest = rest.dropFirst(name.count)
        return .name(ByteString(String(name)))
    }

    private mutating func bracketed() throws(Problem) -> Path.Step {
        guard let first = rest.first else { throw Problem(message: "'[' without ']'") }
        if first == "'" || first == "\"" {
            rest.removeFirst()
            var name = ""
            while let next = rest.popFirst(), next != first {
                if next == "\\", let escaped = rest.popFirst() { name.append(escaped) } else { name.append(next) }
            }
            guard rest.popFirst() == "]" else { throw Problem(message: "['\(name)… has no closing \(first)]") }
            return .name(ByteString(name))
        }
        let inside = rest.prefix { $0 != "]" }
        rest = rest.dropFirst(inside.count)
        guard rest.popFirst() == "]" else { throw Problem(message: "'[' without ']'") }
        if inside == "*" {
            guard allowsMany else {
                throw Problem(
                    message: "[*] leads to many values; only 'items:' may have it. Write [0] for the first one")
            }
            guard rest.first == "?" else { return .all(isOptional: false) }
            rest.removeFirst()
            return .all(isOptional: true)
        }
        if inside.hasPrefix("?") || inside.contains(":") || inside.contains(",") {
            throw Problem(
                message: "'[\(inside)]' selects many values; write an index such as [0], or 'where:' to filter")
        }
        guard let index = Int(inside), index.magnitude < 1_000_000 else {
            throw Problem(message: "expected [0], [-1] or ['name'], found '[\(inside.prefix(20))]'")
        }
        return .index(index)
    }
}
