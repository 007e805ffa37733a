/// A schema resource: a document, or an embedded schema with an `$id`.
struct SchemaResource: Sendable {
    struct Anchor: Sendable {
        let node: Int
        let isDynamic: Bool
    }

    /// Absolute, without a fragment.
    let uri: String
    /// Index in the registry.
    let document: Int
    /// The resource's root node on the document's tape.
    let root: Int
    /// `$schema` of this resource, else of the enclosing one; nil means draft 2020-12.
    let dialect: String?
    var anchors: [String: Anchor] = [:]
}

/// A location in a registry document.
struct SchemaPlace: Hashable, Sendable {
    let document: Int
    let node: Int
}
