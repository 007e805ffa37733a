/// Parses the text of a date pattern into the forms that its optional parts allow.
struct DatePatternParser {
    typealias Part = DatePattern.Part
    typealias Problem = DatePattern.Problem

    private indirect enum Node {
        case part(Part)
        case optional([Node])
    }

    private var rest: ArraySlice<Character>

    init(_ text: String) { rest = Array(text)[...] }

    /// The form with all optional parts first, then those with ever fewer of the last ones.
    mutating func forms(most: Int) throws(Problem) -> [[Part]] {
        let nodes = try nodes(isInside: false)
        guard Self.count(nodes, most) <= most else {
            throw Problem(message: "the pattern has too many optional parts; write a list of patterns")
        }
        return Self.expanded(nodes)
    }

    private static func count(_ nodes: [Node], _ most: Int) -> Int {
        nodes.reduce(1) { count, node in
            guard case .optional(let inner) = node else { return count }
            return min(count * (Self.count(inner, most) + 1), most + 1)
        }
    }

    private static func expanded(_ nodes: [Node]) -> [[Part]] {
        nodes.reduce([[]]) { forms, node in
            switch node {
            case .part(let part): forms.map { $0 + [part] }
            case .optional(let inner): forms.flatMap { form in (expanded(inner) + [[]]).map { form + $0 } }
            }
        }
    }

    private mutating func nodes(isInside: Bool) throws(Problem) -> [Node] {
        var nodes: [Node] = []
        func literal(_ text: String) {
            if case .part(.text(let before)) = nodes.last {
                nodes[nodes.count - 1] = .part(.text(before + text.utf8))
            } else {
                nodes.append(.part(.text(Array(text.utf8))))
            }
        }
        while let first = rest.first {
            switch first {
            case "'": literal(try quoted())
            case "[":
                rest = rest.dropFirst()
                let inner = try self.nodes(isInside: true)
                guard !inner.isEmpty else {
                    throw Problem(
                        message: "the brackets of an optional part are empty; write '[' in quotes for a bracket")
                }
                nodes.append(.optional(inner))
            case "]":
                guard isInside else {
                    throw Problem(
                        message: "a ']' closes no optional part; write '[' before it, or ']' in quotes for a bracket")
                }
                rest = rest.dropFirst()
                return nodes
            case _ where first.isASCII && first.isLetter:
                let count = rest.prefix { $0 == first }.count
                rest = rest.dropFirst(count)
                if first == "T", count == 1 { literal("T") } else { nodes.append(.part(try Self.part(first, count))) }
            default:
                rest = rest.dropFirst()
                literal(String(first))
            }
        }
        guard !isInside else {
            throw Problem(
                message:
                    "the bracket of an optional part is not closed; write ']' behind it, or '[' in quotes for a bracket"
            )
        }
        return nodes
    }

    /// Two quotes are one.
    private mutating func quoted() throws(Problem) -> String {
        rest = rest.dropFirst()
        if rest.first == "'" {
            rest = rest.dropFirst()
            return "'"
        }
        var text = ""
        while let next = rest.first {
            rest = rest.dropFirst()
            guard next == "'" else {
                text.append(next)
                continue
            }
            guard rest.first == "'" else { return text }
            text.append("'")
            rest = rest.dropFirst()
        }
        throw Problem(message: "a quote in the pattern is not closed")
    }

    private static func part(_ letter: Character, _ count: Int) throws(Problem) -> Part {
        switch (letter, count) {
        case ("y", 4), ("y", 2): return .number(.year, letters: count)
        case ("M", 1...2): return .number(.month, letters: count)
        case ("M", 3...4): return .monthName(isFull: count == 4)
        case ("d", 1...2): return .number(.day, letters: count)
        case ("D", 1), ("D", 3): return .number(.dayOfYear, letters: count)
        case ("E", 3...4): return .dayName(isFull: count == 4)
        case ("H", 1...2): return .number(.hour, letters: count)
        case ("h", 1...2): return .number(.halfDayHour, letters: count)
        case ("a", 1): return .half
        case ("m", 1...2): return .number(.minute, letters: count)
        case ("s", 1...2): return .number(.second, letters: count)
        case ("S", 1...9): return .number(.fraction, letters: count)
        case ("X", 1...3): return .offset(letters: count, usesZ: true)
        case ("x", 1...3): return .offset(letters: count, usesZ: false)
        case ("Z", 1...5):
            throw Problem(
                message:
                    "'Z' could be a letter or an offset; write XXX for an offset such as -03:00 or Z, xx for one such as"
                    + " -0300 or +0000, or 'Z' in quotes for a literal Z")
        default:
            throw Problem(
                message:
                    "'\(String(repeating: letter, count: min(count, 20)))' is not part of a date pattern; there are"
                    + " \(DatePattern.letters)")
        }
    }
}
