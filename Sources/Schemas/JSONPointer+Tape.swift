package import JSON

extension JSONPointer {
    /// The pointer from `root` to a descendant node; empty for `root` itself.
    ///
    /// Walks the siblings on the way, so use it for errors only. A member's name is treated as its value.
    package init(from root: JSONNode, toNode target: Int) {
        var tokens: [String] = []
        var node = root
        descent: while node.index < target {
            switch node.kind {
            case .array:
                for (position, element) in node.elements.enumerated() where element.endIndex > target {
                    tokens.append(String(position))
                    node = element
                    continue descent
                }
                break descent
            case .object:
                for (name, value) in node.members where value.endIndex > target {
                    tokens.append(String(decoding: name.utf8, as: UTF8.self))
                    if name.index == target { break descent }
                    node = value
                    continue descent
                }
                break descent
            default: break descent
            }
        }
        self.init(tokens)
    }
}
