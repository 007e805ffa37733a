internal import JSON

/// A path to one value of a message: a singular query of RFC 9535, from the message (`$.a.b[0]`), the item (`.a.b`), or an
/// enclosing element (`^.a`, `^^.a`).
struct Path: Sendable, Equatable {
    enum Base: Sendable, Equatable {
        case root, item
        /// An enclosing element: 1 is the innermost.
        case parent(Int)
        /// The stored record.
        case stored
    }

    enum Step: Sendable, Equatable {
        case name(ByteString)
        /// Negative: from the end, as in RFC 9535.
        case index(Int)
        /// Every array element; only in paths that may match many values. Optional: without the array there are none.
        case all(isOptional: Bool)

        var isAll: Bool { if case .all = self { true } else { false } }
    }

    var base: Base
    var steps: [Step]

    /// The path as written.
    var text: String {
        var text =
            switch base {
            case .root: "$"
            case .item: steps.isEmpty ? "." : ""
            case .parent(let level): String(repeating: "^", count: level)
            case .stored: "~"
            }
        for step in steps {
            switch step {
            case .name(let name):
                let word = name.description
                text += PathParser.isPlainName(word) ? "." + word : dot(text) + "[\(PathParser.quoted(word))]"
            case .index(let index): text += dot(text) + "[\(index)]"
            case .all(let isOptional): text += dot(text) + (isOptional ? "[*]?" : "[*]")
            }
        }
        return text
    }

    /// The dot that a bracket needs at the beginning of a path from the item.
    private func dot(_ text: String) -> String { base == .item && text.isEmpty ? "." : "" }

    /// The path of what is at these places inside of its value.
    func appending(_ inside: ArraySlice<String>) -> Path {
        Path(base: base, steps: steps + inside.map { .name(ByteString($0)) })
    }

    /// JSON Pointer tokens from the path's base.
    var tokens: [String] {
        steps.map { step in
            switch step {
            case .name(let name): name.description
            case .index(let index): String(index)
            case .all: "*"
            }
        }
    }

    /// Follows steps that select one value each; nil if there is none. Throws for a repeated member on the way.
    static func follow(_ steps: ArraySlice<Step>, from start: JSONNode) throws(Fault) -> JSONNode? {
        var node = start
        for step in steps {
            switch step {
            case .name(let name):
                guard let found = try member(of: node, named: name) else { return nil }
                node = found
            case .index(let index):
                guard let found = element(of: node, at: index) else { return nil }
                node = found
            case .all: return nil
            }
        }
        return node
    }

    private static func member(of node: JSONNode, named name: ByteString) throws(Fault) -> JSONNode? {
        let found = name.bytes.withUnsafeBufferPointer { bytes in
            node.members.first { $0.name.isString(bytes) }?.value
        }
        if found != nil, node.hasDuplicateNames {
            let count = name.bytes.withUnsafeBufferPointer { bytes in
                node.members.reduce(0) { $0 + ($1.name.isString(bytes) ? 1 : 0) }
            }
            if count > 1 { throw .duplicate(name.description) }
        }
        return found
    }

    /// Throws if any object in the value, at any depth, has a repeated member. Recursion is bounded by the document's
    /// depth.
    static func refuseDuplicates(in node: JSONNode) throws(Fault) {
        if node.hasDuplicateNames {
            var seen: Set<ByteString> = []
            for member in node.members where !seen.insert(ByteString(copying: member.name.utf8)).inserted {
                throw .duplicate(member.name.string ?? "")
            }
        }
        for element in node.elements where element.height > 0 { try refuseDuplicates(in: element) }
        for member in node.members where member.value.height > 0 { try refuseDuplicates(in: member.value) }
    }

    static func element(of node: JSONNode, at index: Int) -> JSONNode? {
        guard node.isArray else { return nil }
        let wanted = index < 0 ? node.count + index : index
        guard wanted >= 0, wanted < node.count else { return nil }
        var at = 0
        for element in node.elements {
            if at == wanted { return element }
            at += 1
        }
        return nil
    }
}
