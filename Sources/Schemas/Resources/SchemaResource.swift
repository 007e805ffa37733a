/// A schema with a URI of its own: a whole document, or a part of one with an `$id`.
struct SchemaResource: Sendable {
    struct Anchor: Sendable {
        let node: Int
        let isDynamic: Bool
    }

    /// Absolute, without a fragment.
    let uri: String
    /// Index in the registry.
    let document: Int
    /// The node of the resource's root on the document's tape.
    let root: Int
    /// `$schema` of this resource or, without one, of that around it; nil means draft 2020-12.
    let dialect: String?
    var anchors: [String: Anchor] = [:]
}

/// A place in one of a registry's documents.
struct SchemaPlace: Hashable, Sendable {
    let document: Int
    let node: Int
}
