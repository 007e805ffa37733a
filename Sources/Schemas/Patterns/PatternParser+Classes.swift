extension PatternParser {
    /// Parses a class after its `[`, up to `]`.
    mutating func characterClass() throws(PatternSyntaxError) -> ScalarSet {
        let isNegated = skip("^" as Unicode.Scalar)
        var set = ScalarSet()
        while true {
            guard next != nil else { throw error("a class is not closed with ]") }
            if skip("]" as Unicode.Scalar) { break }
            guard let first = try classMember(&set) else { continue }
            guard next == UInt32(ascii: "-"), at + 1 < scalars.count, scalars[at + 1] != UInt32(ascii: "]") else {
                set.insert(first...first)
                continue
            }
            at += 1
            guard let last = try classMember(&set) else {
                throw error("a range cannot end with a class such as \\d")
            }
            guard first <= last else { throw error("a range's first character comes after its last") }
            set.insert(first...last)
        }
        return isNegated ? set.inverted : set
    }

    /// Parses one class member. Returns nil for an escape that denotes a set, which is added to `set`.
    private mutating func classMember(_ set: inout ScalarSet) throws(PatternSyntaxError) -> UInt32? {
        guard let character = next else { throw error("a class is not closed with ]") }
        at += 1
        guard character == UInt32(ascii: "\\") else { return character }
        guard next != nil else { throw error("the pattern ends with a \\") }
        if let many = try classEscape() {
            if next == UInt32(ascii: "-"), at + 1 < scalars.count, scalars[at + 1] != UInt32(ascii: "]") {
                throw error("a range cannot begin with a class such as \\d")
            }
            set.formUnion(many)
            return nil
        }
        if skip("b" as Unicode.Scalar) { return 8 }
        return try scalarEscape()
    }

    /// After a `\`: an escape that denotes a set; nil, with nothing consumed, for any other.
    mutating func classEscape() throws(PatternSyntaxError) -> ScalarSet? {
        if skip("d" as Unicode.Scalar) { return .digits }
        if skip("D" as Unicode.Scalar) { return ScalarSet.digits.inverted }
        if skip("w" as Unicode.Scalar) { return .word }
        if skip("W" as Unicode.Scalar) { return ScalarSet.word.inverted }
        if skip("s" as Unicode.Scalar) { return .space }
        if skip("S" as Unicode.Scalar) { return ScalarSet.space.inverted }
        let isNegated: Bool
        if skip("p{") {
            isNegated = false
        } else if skip("P{") {
            isNegated = true
        } else {
            return nil
        }
        var name = ""
        while let character = next, character != UInt32(ascii: "}"), let scalar = Unicode.Scalar(character) {
            name.unicodeScalars.append(scalar)
            at += 1
        }
        guard skip("}" as Unicode.Scalar) else { throw error("\\p{ is not closed with }") }
        guard let property = UnicodeProperty(name) else { throw error("no Unicode property \(name) is known") }
        return ScalarSet(property, isNegated: isNegated)
    }

    /// After a `\`: an escape that denotes one scalar.
    mutating func scalarEscape() throws(PatternSyntaxError) -> UInt32 {
        guard let character = next, let scalar = Unicode.Scalar(character) else {
            throw error("the pattern ends with a \\")
        }
        at += 1
        switch scalar {
        case "t": return 9
        case "n": return 10
        case "v": return 11
        case "f": return 12
        case "r": return 13
        case "0":
            if let following = next, (48...57).contains(following) {
                throw error("\\0 must not be followed by a digit")
            }
            return 0
        case "c":
            guard let letter = next, letter < 128, ASCII.isLetter(UInt8(letter)) else {
                throw error("\\c must be followed by a letter")
            }
            at += 1
            return letter & 31
        case "x":
            guard let value = hexadecimal(2) else { throw error("\\x must be followed by two hexadecimal digits") }
            return value
        case "u": return try unicodeEscape()
        default:
            // Punctuation denotes itself; letters are reserved for future escapes.
            let isWord = scalar == "_" || scalar.properties.isIDContinue
            if isWord {
                at -= 1
                throw error("\\\(scalar) is not an escape")
            }
            return character
        }
    }

    private mutating func unicodeEscape() throws(PatternSyntaxError) -> UInt32 {
        if skip("{" as Unicode.Scalar) {
            var value: UInt32 = 0
            var digits = 0
            while let character = next, character < 128, let digit = ASCII.hexadecimalValue(UInt8(character)) {
                value = min(value * 16 + UInt32(digit), 0x110000)
                digits += 1
                at += 1
            }
            guard digits > 0, value <= 0x10FFFF, skip("}" as Unicode.Scalar) else {
                throw error("\\u{…} must hold a code point up to 10FFFF")
            }
            return value
        }
        guard let high = hexadecimal(4) else { throw error("\\u must be followed by four hexadecimal digits") }
        guard (0xD800...0xDBFF).contains(high), next == UInt32(ascii: "\\") else { return high }
        let before = at
        if skip("\\u"), let low = hexadecimal(4), (0xDC00...0xDFFF).contains(low) {
            return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)
        }
        at = before
        return high
    }

    private mutating func hexadecimal(_ count: Int) -> UInt32? {
        guard at + count <= scalars.count else { return nil }
        var value: UInt32 = 0
        for character in scalars[at..<(at + count)] {
            guard character < 128, let digit = ASCII.hexadecimalValue(UInt8(character)) else { return nil }
            value = value * 16 + UInt32(digit)
        }
        at += count
        return value
    }
}
