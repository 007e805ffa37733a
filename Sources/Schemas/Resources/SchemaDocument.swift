import JSON

/// A JSON document that holds schemas, with its display name.
struct SchemaDocument: Sendable {
    let json: JSONDocument
    let file: String?
    /// Root nodes of the resources in this document → index of the resource in the registry.
    var resources: [Int: Int] = [:]

    /// An error about the value at a node.
    func error(_ code: SchemaError.Code, _ message: String, at node: Int) -> SchemaError {
        let offset = json.withNode(node) { $0.byteOffset }
        return SchemaError(
            code, message, file: file, position: json.position(ofByte: offset), pointer: pointer(to: node))
    }

    /// The error for a repeated member name; the document must contain one.
    func repeatedName() -> SchemaError {
        json.withRoot { root in
            var open = [root]
            while let node = open.popLast() {
                if node.hasDuplicateNames {
                    var seen: Set<ByteString> = []
                    for (name, _) in node.members where !seen.insert(ByteString(copying: name.utf8)).inserted {
                        let text = FoundPhrase.quoted(name)
                        return error(.duplicate, "the object has two members named \(text); keep one", at: name.index)
                    }
                }
                open += node.isObject ? node.members.map(\.value) : Array(node.elements)
            }
            return error(.duplicate, "an object has two members of one name; keep one", at: root.index)
        }
    }

    /// JSON Pointer from the document's root to a node.
    func pointer(to node: Int) -> JSONPointer {
        json.withRoot { JSONPointer(from: $0, toNode: node) }
    }
}
