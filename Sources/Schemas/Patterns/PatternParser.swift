/// Parses an ECMA-262 regular expression with the flag `u`. As without the flag, a lone `]` or `}` and escaped
/// punctuation denote themselves.
struct PatternParser {
    var scalars: [UInt32]
    var at = 0
    private(set) var captureCount = 0
    private var names: [String: Int] = [:]
    private var references: [Int] = []
    private var depth = 0

    /// Maximum nesting of groups.
    static let maximumDepth = 200

    init(_ text: String) { scalars = text.unicodeScalars.map(\.value) }

    mutating func parse() throws(PatternSyntaxError) -> (PatternNode, names: [String: Int]) {
        let node = try alternatives()
        if at < scalars.count { throw error("a ) closes no group") }
        for reference in references where reference > captureCount {
            throw PatternSyntaxError(message: "\\\(reference) refers to a group that does not exist")
        }
        return (node, names)
    }

    func error(_ message: String) -> PatternSyntaxError {
        PatternSyntaxError(message: "\(message), at character \(at + 1)")
    }

    var next: UInt32? { at < scalars.count ? scalars[at] : nil }

    /// Consumes the character if it comes next.
    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard next == character.value else { return false }
        at += 1
        return true
    }

    mutating func skip(_ text: String) -> Bool {
        var end = at
        for scalar in text.unicodeScalars {
            guard end < scalars.count, scalars[end] == scalar.value else { return false }
            end += 1
        }
        at = end
        return true
    }

    private mutating func alternatives() throws(PatternSyntaxError) -> PatternNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else { throw error("too many groups inside one another") }
        var list = [try sequence()]
        while skip("|" as Unicode.Scalar) { list.append(try sequence()) }
        return list.count == 1 ? list[0] : .alternatives(list)
    }

    private mutating func sequence() throws(PatternSyntaxError) -> PatternNode {
        var list: [PatternNode] = []
        while let character = next, character != UInt32(ascii: "|"), character != UInt32(ascii: ")") {
            list.append(try term())
        }
        return list.count == 1 ? list[0] : list.isEmpty ? .empty : .sequence(list)
    }

    private mutating func term() throws(PatternSyntaxError) -> PatternNode {
        if skip("^" as Unicode.Scalar) { return .start }
        if skip("$" as Unicode.Scalar) { return .end }
        if skip("\\b") { return .boundary(isNegated: false) }
        if skip("\\B") { return .boundary(isNegated: true) }
        if skip("(?=") { return .look(try closed(), isAhead: true, isNegated: false) }
        if skip("(?!") { return .look(try closed(), isAhead: true, isNegated: true) }
        if skip("(?<=") { return .look(try closed(), isAhead: false, isNegated: false) }
        if skip("(?<!") { return .look(try closed(), isAhead: false, isNegated: true) }
        let firstCapture = captureCount + 1
        let atom = try self.atom()
        return try quantified(atom, captures: firstCapture..<(captureCount + 1))
    }

    /// Parses the rest of a group, up to its closing parenthesis.
    private mutating func closed() throws(PatternSyntaxError) -> PatternNode {
        let node = try alternatives()
        guard skip(")" as Unicode.Scalar) else { throw error("a group is not closed") }
        return node
    }

    private mutating func atom() throws(PatternSyntaxError) -> PatternNode {
        guard let character = next else { throw error("the pattern ends too early") }
        at += 1
        switch character {
        case UInt32(ascii: "."): return .any
        case UInt32(ascii: "("): return try group()
        case UInt32(ascii: "["): return .set(try characterClass())
        case UInt32(ascii: "\\"): return try escape()
        case UInt32(ascii: "*"), UInt32(ascii: "+"), UInt32(ascii: "?"):
            at -= 1
            throw error("there is nothing to repeat")
        case UInt32(ascii: "{"):
            at -= 1
            throw error("a { that begins no repetition must be written \\{")
        default: return .scalar(character)
        }
    }

    private mutating func group() throws(PatternSyntaxError) -> PatternNode {
        if skip("?:") { return try closed() }
        captureCount += 1
        let number = captureCount
        if skip("?<") {
            let name = try groupName()
            guard names.updateValue(number, forKey: name) == nil else { throw error("two groups are named \(name)") }
        } else if next == UInt32(ascii: "?") {
            throw error("this kind of group is not known")
        }
        return .capture(try closed(), number: number)
    }

    private mutating func groupName() throws(PatternSyntaxError) -> String {
        var name = ""
        while let character = next, character != UInt32(ascii: ">"), let scalar = Unicode.Scalar(character) {
            let properties = scalar.properties
            let isNameCharacter = name.isEmpty ? properties.isIDStart : properties.isIDContinue
            guard isNameCharacter || scalar == "$" || scalar == "_" else {
                throw error("a group's name is written like a variable's")
            }
            name.unicodeScalars.append(scalar)
            at += 1
        }
        guard !name.isEmpty, skip(">" as Unicode.Scalar) else { throw error("a group's name is not closed with >") }
        return name
    }

    private mutating func escape() throws(PatternSyntaxError) -> PatternNode {
        guard let character = next else { throw error("the pattern ends with a \\") }
        if (49...57).contains(character) {
            let number = try decimal()
            references.append(number)
            return .backreference(number)
        }
        if skip("k<") { return .namedBackreference(try groupName()) }
        if let set = try classEscape() { return .set(set) }
        return .scalar(try scalarEscape())
    }

    mutating func decimal() throws(PatternSyntaxError) -> Int {
        var number = 0
        while let character = next, (48...57).contains(character) {
            number = min(number * 10 + Int(character - 48), 1_000_000_000)
            at += 1
        }
        return number
    }

    private mutating func quantified(
        _ atom: PatternNode, captures: Range<Int>
    ) throws(PatternSyntaxError) -> PatternNode {
        let least: Int
        var most = Int.max
        switch next {
        case UInt32(ascii: "*"): least = 0
        case UInt32(ascii: "+"): least = 1
        case UInt32(ascii: "?"): (least, most) = (0, 1)
        case UInt32(ascii: "{"):
            at += 1
            guard let character = next, (48...57).contains(character) else {
                throw error("a { that begins no repetition must be written \\{")
            }
            least = try decimal()
            if skip("," as Unicode.Scalar) {
                if let character = next, (48...57).contains(character) { most = try decimal() }
            } else {
                most = least
            }
            guard next == UInt32(ascii: "}") else { throw error("a repetition is not closed with }") }
            guard least <= most else { throw error("a repetition's least number is above its greatest") }
        default: return atom
        }
        at += 1
        let isGreedy = !skip("?" as Unicode.Scalar)
        if let character = next,
            character == UInt32(ascii: "*") || character == UInt32(ascii: "+") || character == UInt32(ascii: "?")
                || character == UInt32(ascii: "{")
        {
            throw error("there is nothing to repeat")
        }
        return .repetition(atom, least: least, most: most, isGreedy: isGreedy, captures: captures)
    }
}

extension UInt32 {
    init(ascii character: Unicode.Scalar) { self = character.value }
}
