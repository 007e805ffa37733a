/// Stored types of the values nested in an object or array, where the definition declares more than the values
/// themselves show.
///
/// Schemas that a `$ref` or `allOf` applies count as written in place; see ``StorageReader``.
package struct StoredForm: Sendable {
    private let forms: StoredForms
    private let number: Int32

    init(_ number: Int32, of forms: StoredForms) {
        self.forms = forms
        self.number = number
    }

    package var bson: BSONKind { forms.nodes[Int(number)].bson }

    /// Form of a member; nil if its type follows from the value.
    package func member(named name: UnsafeBufferPointer<UInt8>) -> StoredForm? {
        let node = forms.nodes[Int(number)]
        return node.names.find(name).map { StoredForm(node.members[$0], of: forms) }
    }

    /// Form of an array element; nil if its type follows from the value.
    package func element(_ position: Int) -> StoredForm? {
        let node = forms.nodes[Int(number)]
        let form = position < node.prefix.count ? node.prefix[position] : node.elements
        return form < 0 ? nil : StoredForm(form, of: forms)
    }
}

/// The forms of one definition: a table, since schemas may refer to themselves.
final class StoredForms: Sendable {
    struct Node: Sendable {
        var bson: BSONKind
        /// Only members whose type does not follow from the value.
        var names: NameTable
        var members: [Int32]
        /// Forms of the first elements, and of all others; -1: the type follows from the value.
        var prefix: [Int32]
        var elements: Int32
    }

    let nodes: [Node]

    init(_ nodes: [Node]) { self.nodes = nodes }
}
