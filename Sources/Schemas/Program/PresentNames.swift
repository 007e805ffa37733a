import JSON

/// Answers whether an object has a member of a name: by linear search, or by a hash table built once for many lookups.
struct PresentNames {
    private let object: JSONNode
    private let hidesOperation: Bool
    private let table: Set<ByteString>?

    /// - Parameter hidden: the node of the object whose member `operation` is hidden from the schema.
    /// - Parameter asked: expected number of lookups.
    init(_ object: JSONNode, hidden: Int, asked: Int) {
        self.object = object
        hidesOperation = object.index == hidden
        table =
            object.count <= 16 || object.count * asked <= 4096
            ? nil : Set(object.members.lazy.map { ByteString(copying: $0.name.utf8) })
    }

    func has(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        if hidesOperation, name.elementsEqual("operation".utf8) { return false }
        if let table { return table.contains(ByteString(copying: name)) }
        return object.members.contains { $0.name.isString(name) }
    }
}
