extension JSONText {
    /// Stands for a hidden value.
    package static let hidden = "\"(secret)\""

    /// A value as its document writes it, with `"(secret)"` for the values of these members, at any depth.
    package static func text(_ node: JSONNode, hiding names: Set<String>) -> String {
        guard !names.isEmpty, node.height > 0 else { return String(decoding: node.rawText, as: UTF8.self) }
        var out: [UInt8] = []
        append(node, hiding: names, to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    private static func append(_ node: JSONNode, hiding names: Set<String>, to out: inout [UInt8]) {
        guard node.height > 0 else { return out.append(contentsOf: node.rawText) }
        var isFirst = true
        out.append(UInt8(ascii: node.isArray ? "[" : "{"))
        if node.isArray {
            for element in node.elements {
                if !isFirst { out.append(UInt8(ascii: ",")) }
                isFirst = false
                append(element, hiding: names, to: &out)
            }
        } else {
            for (name, value) in node.members {
                if !isFirst { out.append(UInt8(ascii: ",")) }
                isFirst = false
                out.append(contentsOf: name.rawText)
                out.append(UInt8(ascii: ":"))
                if names.contains(name.string ?? "") {
                    out.append(contentsOf: hidden.utf8)
                } else {
                    append(value, hiding: names, to: &out)
                }
            }
        }
        out.append(UInt8(ascii: node.isArray ? "]" : "}"))
    }
}
