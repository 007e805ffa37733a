import JSON

/// A schema's location and its base resource for relative references.
struct SchemaScope {
    let document: Int
    let node: Int
    let resource: Int

    /// The scope of a subschema, which may be a resource of its own.
    func child(_ node: Int, in registry: SchemaRegistry) -> SchemaScope {
        let own = registry.documents[document].resources[node]
        return SchemaScope(document: document, node: node, resource: own ?? resource)
    }
}

/// How the root of a definition is compiled, and the schemas that it applies to the same value.
enum RootShape {
    case asWritten
    /// For updates: only the key is required and every other property may be null. What cannot be decided without the
    /// stored record is accepted.
    case partial(key: [String], isRoot: Bool)
    /// For deletions: only the key's properties are validated.
    case keyOnly(key: [String], isRoot: Bool)

    /// The shape of schemas applied to the same value. Only the root itself requires the key.
    var inside: RootShape {
        switch self {
        case .asWritten: .asWritten
        case .partial(let key, _): .partial(key: key, isRoot: false)
        case .keyOnly(let key, _): .keyOnly(key: key, isRoot: false)
        }
    }

    /// Tells blocks of one schema apart.
    var number: UInt8 {
        switch self {
        case .asWritten: 0
        case .partial: 1
        case .keyOnly: 2
        }
    }

    var isPartial: Bool { if case .partial = self { true } else { false } }
    var isKeyOnly: Bool { if case .keyOnly = self { true } else { false } }
}

/// The schema being compiled.
struct SchemaContext {
    let block: Int32
    let scope: SchemaScope
    let document: SchemaDocument
    let keywords: KeywordSet
    let vocabularies: Vocabularies
    let shape: RootShape

    func error(_ code: SchemaError.Code, _ message: String, at node: JSONNode) -> SchemaError {
        document.error(code, message, at: node.index)
    }
}

/// The keywords of one schema that its dialect defines.
struct KeywordSet {
    private var values: [SchemaKeyword: JSONNode] = [:]

    init(_ schema: JSONNode, vocabularies: Vocabularies) {
        for (name, value) in schema.members {
            guard let keyword = SchemaKeyword(name.utf8), !keyword.vocabulary.isDisjoint(with: vocabularies) else {
                continue
            }
            values[keyword] = value
        }
    }

    subscript(keyword: SchemaKeyword) -> JSONNode? { values[keyword] }

    /// Whether a keyword says how the value is stored.
    var hasStorage: Bool { SchemaKeyword.storage.contains { values[$0] != nil } }
}
