import JSON

/// A JSON value by itself: what a text is made from, and what a document is read as.
enum JSONValue: Equatable {
    case null
    case bool(Bool)
    /// The digits as written.
    case number(String)
    case string(ByteString)
    case array([JSONValue])
    case object([Member])

    struct Member: Equatable {
        let name: ByteString
        let value: JSONValue
    }

    init(_ node: JSONNode) {
        switch node.kind {
        case .null: self = .null
        case .false, .true: self = .bool(node.bool == true)
        case .number: self = .number(node.number?.text ?? "")
        case .string: self = .string(ByteString(copying: node.utf8))
        case .array: self = .array(node.elements.map { JSONValue($0) })
        case .object:
            self = .object(
                node.members.map { Member(name: ByteString(copying: $0.name.utf8), value: JSONValue($0.value)) })
        }
    }

    /// Levels of containers.
    var height: Int {
        switch self {
        case .array(let elements): 1 + (elements.map(\.height).max() ?? 0)
        case .object(let members): 1 + (members.map(\.value.height).max() ?? 0)
        default: 0
        }
    }
}

/// The same for one seed, on every machine.
struct SeededRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Makes values, and texts that mean them, with whatever white space and escapes JSON allows.
struct RandomJSON {
    var random: SeededRandom

    init(seed: UInt64) { random = SeededRandom(state: seed) }

    mutating func value(depth: Int = 4) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 4), using: &random) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &random))
        case 2: return .number(number())
        case 3: return .string(ByteString(string()))
        case 4, 5:
            let count = Int.random(in: 0...5, using: &random)
            return .object(
                (0..<count).map { _ in JSONValue.Member(name: ByteString(string()), value: value(depth: depth - 1)) })
        default: return .array((0..<Int.random(in: 0...5, using: &random)).map { _ in value(depth: depth - 1) })
        }
    }

    mutating func number() -> String {
        var text = Bool.random(using: &random) ? "-" : ""
        text += Bool.random(using: &random) ? "0" : "\(UInt64.random(in: 1 ... .max, using: &random))"
        if Bool.random(using: &random) { text += ".\(UInt32.random(in: 0 ... .max, using: &random))" }
        if Bool.random(using: &random) {
            text +=
                ["e", "E"][Int.random(in: 0...1, using: &random)]
                + ["", "+", "-"][Int.random(in: 0...2, using: &random)]
            text += "\(Int.random(in: 0...400, using: &random))"
        }
        return text
    }

    mutating func string() -> String {
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...12, using: &random) { text.append(scalar()) }
        return String(text)
    }

    private mutating func scalar() -> Unicode.Scalar {
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            return "\"\\/\u{0}\u{1F}\u{7F}\u{80}\u{7FF}\u{800}\u{D7FF}\u{E000}\u{FFFF}\u{10000}\u{10FFFF}é\u{301}"
                .unicodeScalars.randomElement(using: &random) ?? " "
        case 1: return Unicode.Scalar(UInt32.random(in: 0...0x10FFFF, using: &random)) ?? "\u{FFFD}"
        default: return Unicode.Scalar(UInt8.random(in: 0x20...0x7E, using: &random))
        }
    }

    mutating func text(of value: JSONValue) -> String { space() + bare(value) + space() }

    private mutating func bare(_ value: JSONValue) -> String {
        switch value {
        case .null: return "null"
        case .bool(let bool): return bool ? "true" : "false"
        case .number(let text): return text
        case .string(let string): return quoted(string)
        case .array(let elements):
            return "[" + (elements.isEmpty ? space() : "") + elements.map { text(of: $0) }.joined(separator: ",") + "]"
        case .object(let members):
            let texts = members.map { space() + quoted($0.name) + space() + ":" + text(of: $0.value) }
            return "{" + (texts.isEmpty ? space() : "") + texts.joined(separator: ",") + "}"
        }
    }

    private mutating func space() -> String {
        guard Int.random(in: 0..<3, using: &random) == 0 else { return "" }
        return String(
            (0..<Int.random(in: 1...4, using: &random)).map { _ in " \t\r\n".randomElement(using: &random) ?? " " })
    }

    /// With escapes where they must be, and now and then where they need not.
    private mutating func quoted(_ string: ByteString) -> String {
        var out = "\""
        for scalar in string.description.unicodeScalars {
            let short: [Unicode.Scalar: String] = [
                "\"": "\\\"", "\\": "\\\\", "/": "\\/", "\u{8}": "\\b", "\u{C}": "\\f", "\n": "\\n", "\r": "\\r",
                "\t": "\\t",
            ]
            let mustEscape = scalar.value < 0x20 || scalar == "\"" || scalar == "\\"
            guard mustEscape || Int.random(in: 0..<5, using: &random) == 0 else {
                out.unicodeScalars.append(scalar)
                continue
            }
            if let short = short[scalar], Bool.random(using: &random) {
                out += short
            } else {
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16, uppercase: Bool.random(using: &random))
                    out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            }
        }
        return out + "\""
    }
}
