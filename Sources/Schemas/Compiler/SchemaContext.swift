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

/// How the root of a definition is compiled.
enum RootShape {
    case asWritten
    /// For updates: only the key is required and every other property may be null.
    case partial(key: [String])
    /// For deletions: only the key's properties are validated.
    case keyOnly(key: [String])
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
}
