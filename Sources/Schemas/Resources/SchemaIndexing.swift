import JSON

/// Indexes the resources and anchors of one document.
struct SchemaIndexing {
    var document: SchemaDocument
    let number: Int
    /// Number of the document's first resource.
    let firstResource: Int
    let retrievalURI: String
    private(set) var resources: [SchemaResource] = []

    init(document: SchemaDocument, number: Int, firstResource: Int, retrievalURI: String) {
        self.document = document
        self.number = number
        self.firstResource = firstResource
        self.retrievalURI = retrievalURI
    }

    mutating func run() throws(SchemaError) {
        let json = document.json
        try json.withRoot { root throws(SchemaError) in
            guard root.isObject || root.bool != nil else {
                throw document.error(.invalidKeyword, "a schema is an object, true or false", at: 0)
            }
            try enter(root, base: retrievalURI, dialect: nil)
            // An explicit stack instead of recursion: the depth is the sender's choice.
            var open: [(node: Int, resource: Int)] = [(0, 0)]
            while let (index, resource) = open.popLast() {
                try json.withNode(index) { node throws(SchemaError) in
                    try visit(node, in: resource, &open)
                }
            }
        }
    }

    /// Records a schema's anchors and pushes its subschemas.
    private mutating func visit(
        _ node: JSONNode, in resource: Int, _ open: inout [(node: Int, resource: Int)]
    ) throws(SchemaError) {
        let first = open.count
        // The stack is popped from its end: reversed, so that schemas are visited in document order.
        defer { open[first...].reverse() }
        for (name, value) in node.members {
            guard let keyword = SchemaKeyword(name.utf8) else { continue }
            switch keyword {
            case .anchor: try add(anchor: value, dynamic: false, to: node, in: resource)
            case .dynamicAnchor: try add(anchor: value, dynamic: true, to: node, in: resource)
            default: break
            }
            switch keyword.shape {
            case .schema: try open.append((value.index, child(value, of: resource)))
            case .list:
                for element in value.elements { try open.append((element.index, child(element, of: resource))) }
            case .map:
                for member in value.members { try open.append((member.value.index, child(member.value, of: resource))) }
            case nil: break
            }
        }
    }

    /// The resource of a subschema: a new one if it has an `$id`.
    private mutating func child(_ node: JSONNode, of resource: Int) throws(SchemaError) -> Int {
        guard node.isObject, node["$id"] != nil else { return resource }
        try enter(node, base: resources[resource].uri, dialect: resources[resource].dialect)
        return resources.count - 1
    }

    private mutating func enter(_ node: JSONNode, base: String, dialect: String?) throws(SchemaError) {
        var uri = base
        if let id = node["$id"] {
            guard let text = id.string else {
                throw document.error(.invalidKeyword, "$id must be a string with a URI", at: id.index)
            }
            let reference = SchemaURI(text)
            guard (reference.fragment ?? "").isEmpty else {
                throw document.error(
                    .invalidReference, "$id must have no fragment; use $anchor to name a place inside", at: id.index)
            }
            uri = reference.resolved(against: SchemaURI(base)).withoutFragment
        }
        var dialect = dialect
        if let schema = node["$schema"] {
            guard let text = schema.string else {
                throw document.error(.invalidKeyword, "$schema must be a string with a URI", at: schema.index)
            }
            dialect = text
        }
        document.resources[node.index] = firstResource + resources.count
        resources.append(SchemaResource(uri: uri, document: number, root: node.index, dialect: dialect))
    }

    private mutating func add(
        anchor value: JSONNode, dynamic: Bool, to node: JSONNode, in resource: Int
    ) throws(SchemaError) {
        guard let name = value.string, Self.isAnchor(name) else {
            throw document.error(
                .invalidReference, "an anchor begins with a letter or _ and goes on with letters, digits, - _ and .",
                at: value.index)
        }
        if let existing = resources[resource].anchors[name] {
            // $anchor and $dynamicAnchor of one name on one schema denote the same place.
            guard existing.node == node.index else {
                throw document.error(.duplicate, "the anchor \(name) exists already in this schema", at: value.index)
            }
            guard dynamic else { return }
        }
        resources[resource].anchors[name] = SchemaResource.Anchor(node: node.index, isDynamic: dynamic)
    }

    private static func isAnchor(_ name: String) -> Bool {
        guard let first = name.utf8.first, ASCII.isLetter(first) || first == UInt8(ascii: "_") else { return false }
        return name.utf8.allSatisfy {
            ASCII.isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
        }
    }
}
