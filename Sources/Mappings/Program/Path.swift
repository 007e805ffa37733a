internal import Documents

/// A way to one value of a message: RFC 9535's singular queries, from the message (`$.a.b[0]`), from the item (`.a.b`,
/// which is `@.a.b`), or from what the item stands in (`^.a`, `^^.a`).
struct Path: Sendable, Equatable {
    enum Base: Sendable, Equatable {
        case root, item
        /// One for the innermost element around the item, and so on outwards.
        case parent(Int)
    }

    enum Step: Sendable, Equatable {
        case name(ByteString)
        /// From the end where negative, as RFC 9535 has it.
        case index(Int)
        /// Every element of an array; only where a path may lead to many.
        case all
    }

    var base: Base
    var steps: [Step]

    /// As it is written.
    var text: String {
        var text =
            switch base {
            case .root: "$"
            case .item: steps.isEmpty ? "." : ""
            case .parent(let level): String(repeating: "^", count: level)
            }
        for step in steps {
            switch step {
            case .name(let name):
                let word = name.description
                if PathParser.isPlainName(word) {
                    text += "." + word
                } else {
                    text += (base == .item && text.isEmpty ? "@" : "") + "['\(word.replacing("'", with: "\\'"))']"
                }
            case .index(let index): text += (base == .item && text.isEmpty ? "@" : "") + "[\(index)]"
            case .all: text += (base == .item && text.isEmpty ? "@" : "") + "[*]"
            }
        }
        return text
    }

    /// The reference tokens of a JSON Pointer from the path's base.
    var tokens: [String] {
        steps.map { step in
            switch step {
            case .name(let name): name.description
            case .index(let index): String(index)
            case .all: "*"
            }
        }
    }

    /// Follows steps that name one value each; nil where there is none. Throws where a member on the way is there twice.
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

    /// Throws where an object in the value, at any depth, has two members of one name. The depth of a document is bounded.
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

    private static func element(of node: JSONNode, at index: Int) -> JSONNode? {
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
