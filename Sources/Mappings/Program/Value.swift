package import JSON

/// UTF-8 or JSON text owned elsewhere: by the message, a constant, or the ``Scratch``.
package typealias Bytes = UnsafeBufferPointer<UInt8>

/// A value between a foreign message and a field. Owns no memory: it points into the message, a constant of the
/// program, or the item's ``Scratch``, and is valid as long as those.
package enum Value {
    /// Absent.
    case missing
    case null
    case bool(Bool)
    /// The text of a JSON number.
    case number(Bytes)
    /// Unescaped UTF-8.
    case text(Bytes)
    /// An array or object in the message.
    case node(JSONNode)
    case list(UnsafeBufferPointer<Value>)
    /// JSON text of an object or array.
    case json(Bytes)

    package init(_ node: JSONNode) {
        switch node.kind {
        case .null: self = .null
        case .true: self = .bool(true)
        case .false: self = .bool(false)
        case .number: self = .number(node.utf8)
        case .string: self = .text(node.utf8)
        case .array, .object: self = .node(node)
        }
    }

    /// Whether it is null or missing: transforms pass it through.
    var isAbsent: Bool {
        switch self {
        case .missing, .null: true
        default: false
        }
    }

    /// Nesting depth of containers, this one included; 0 for a scalar.
    var levels: Int {
        switch self {
        case .missing, .null, .bool, .number, .text: return 0
        case .node(let node): return node.height
        case .list(let values): return 1 + (values.lazy.map(\.levels).max() ?? 0)
        case .json(let text):
            var (depth, deepest, isString, at) = (0, 0, false, 0)
            while at < text.count {
                switch text[at] {
                case UInt8(ascii: "\""): isString.toggle()
                case UInt8(ascii: "\\"): at += 1
                case UInt8(ascii: "["), UInt8(ascii: "{"):
                    if !isString { depth += 1 }
                    deepest = max(deepest, depth)
                case UInt8(ascii: "]"), UInt8(ascii: "}"): if !isString { depth -= 1 }
                default: break
                }
                at += 1
            }
            return deepest
        }
    }

    /// A description for reasons, truncated.
    package var described: String {
        switch self {
        case .missing: "nothing"
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .number(let text): "the number \(Self.shown(text))"
        case .text(let text): "the string \"\(Self.shown(text))\""
        case .node(let node): node.isArray ? "an array" : "an object"
        case .list: "an array"
        case .json(let text): text.first == UInt8(ascii: "[") ? "an array" : "an object"
        }
    }

    /// The value as a node, if it is a list or an object as one text.
    func node(_ run: Run) -> JSONNode? {
        switch self {
        case .node(let node): node
        case .json(let text): run.node(text)
        default: nil
        }
    }

    private static func shown(_ text: Bytes) -> String {
        let whole = String(decoding: text.prefix(160), as: UTF8.self)
        return "\(whole.prefix(40))\(whole.count > 40 ? "…" : "")"
    }

    /// Appends the value as JSON; nothing for ``missing``.
    func append(to out: inout [UInt8]) {
        switch self {
        case .missing: break
        case .null: out.append(contentsOf: "null".utf8)
        case .bool(let value): out.append(contentsOf: (value ? "true" : "false").utf8)
        case .number(let text), .json(let text): out.append(contentsOf: text)
        case .text(let text): JSONText.append(string: text, to: &out)
        case .node(let node): out.append(contentsOf: node.rawText)
        case .list(let values):
            out.append(UInt8(ascii: "["))
            var isFirst = true
            for value in values {
                if case .missing = value { continue }
                if !isFirst { out.append(UInt8(ascii: ",")) }
                isFirst = false
                value.append(to: &out)
            }
            out.append(UInt8(ascii: "]"))
        }
    }

    /// The value as JSON; `{}` for ``missing``, which fields are whose values are all missing.
    var textOrEmptyObject: [UInt8] {
        var out: [UInt8] = []
        append(to: &out)
        return out.isEmpty ? Array("{}".utf8) : out
    }

    /// The value as text: of a whole number its digits, however it is written (15, 15.0 and 1.5E1 are one text), of
    /// another number what is written. Nil for lists and objects.
    func text(_ run: Run) -> Bytes? {
        guard case .number(let text) = self, !run.keepsNumbers else { return textForm }
        return Decimals.whole(text, run) ?? text
    }

    /// The text as it is written; nil for lists and objects.
    var textForm: Bytes? {
        switch self {
        case .text(let text), .number(let text): text
        case .bool(let value): (value ? Self.trueText : Self.falseText).bytes
        default: nil
        }
    }

    private static let trueText = Constants("true")
    private static let falseText = Constants("false")
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether the bytes are equal.
    @inline(__always)
    func equals(_ other: UnsafeBufferPointer<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in 0..<count where self[index] != other[index] { return false }
        return true
    }

    var string: String { String(decoding: self, as: UTF8.self) }
}
