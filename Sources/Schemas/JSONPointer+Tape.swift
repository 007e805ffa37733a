package import Documents

extension JSONPointer {
    /// The way from `root` down to the node with that number, which lies inside it; empty for `root` itself.
    ///
    /// Costs a walk over the siblings on the way: for errors only. A member's name counts as the member's value.
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
