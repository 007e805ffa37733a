import Documents

/// The names of an object's members, to be asked for many: one after another, or, where that takes long, by a table made
/// once.
struct PresentNames {
    private let object: JSONNode
    private let hidesOperation: Bool
    private let table: Set<ByteString>?

    /// - Parameter hidden: the node of the object whose member `operation` is not there for the schema.
    /// - Parameter asked: about how many names will be asked for.
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
