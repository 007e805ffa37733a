internal import JSON

/// Parses a path; errors give the character's position.
struct PathParser {
    struct Problem: Error { let message: String }

    private var rest: Substring
    private let text: String
    private let allowsMany: Bool

    /// Whether a text is a path: constants never start with these characters.
    static func isPath(_ text: String) -> Bool {
        text.hasPrefix("$") || text.hasPrefix("@") || text.hasPrefix("^")
            || (text.hasPrefix(".") && !(text.dropFirst().first?.isNumber ?? false))
    }

    static func isPlainName(_ word: String) -> Bool {
        guard let first = word.unicodeScalars.first, first == "_" || first.properties.isAlphabetic else { return false }
        return word.unicodeScalars.allSatisfy { $0 == "_" || $0.properties.isAlphabetic || ("0"..."9").contains($0) }
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
        } else if rest.first == "@" {
            rest.removeFirst()
        } else if rest.first == "^" {
            let level = rest.prefix { $0 == "^" }.count
            base = .parent(level)
            rest = rest.dropFirst(level)
        } else if rest == "." {
            return Path(base: .item, steps: [])
        } else if rest.first != "." {
            throw Problem(
                message: "a path starts with $ (the message), . (the item) or ^ (the element around the item)")
        }
        var steps: [Path.Step] = []
        while let next = rest.first {
            rest.removeFirst()
            switch next {
            case ".": steps.append(try dotted())
            case "[": steps.append(try bracketed())
            default: throw Problem(message: "expected '.name' or '[0]' in the path, found '\(next)\(rest.prefix(10))'")
            }
        }
        return Path(base: base, steps: steps)
    }

    private mutating func dotted() throws(Problem) -> Path.Step {
        if rest.first == "." { throw Problem(message: "'..' searches everywhere; a path selects one value") }
        if rest.first == "*" { throw Problem(message: "write [*] for every element of an array") }
        // Wider than RFC 9535's shorthand: hyphens are common in names, and there is no subtraction.
        let name = rest.prefix {
            $0 == "_" || $0 == "-" || $0.isNumber || $0.unicodeScalars.allSatisfy(\.properties.isAlphabetic)
        }
        guard !name.isEmpty else {
            throw Problem(message: "expected a name after '.'; write ['a name'] for one with other characters")
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
            return .all
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
