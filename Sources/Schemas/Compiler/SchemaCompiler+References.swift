import JSON

extension SchemaCompiler {
    /// The resolved target of a reference.
    struct Target {
        let scope: SchemaScope
        /// Anchor name, if the anchor is dynamic.
        var dynamicAnchor: String?
    }

    /// Resolves the value of `$ref` or `$dynamicRef`.
    mutating func resolve(_ value: JSONNode, _ context: SchemaContext) throws(SchemaError) -> Target {
        guard let text = value.string else {
            throw context.error(.invalidKeyword, "a reference must be a string with a URI", at: value)
        }
        let base = registry.resources[context.scope.resource].uri
        let uri = SchemaURI(text).resolved(against: SchemaURI(base))
        guard let number = registry.resource(named: uri.withoutFragment) else {
            throw context.error(
                .unresolvedReference,
                "no schema is known by \(uri.withoutFragment); add the file with that $id, or correct the reference",
                at: value)
        }
        guard let fragment = SchemaURI.decodingPercents(uri.fragment ?? "") else {
            throw context.error(.invalidReference, "the reference has a % that begins no escape", at: value)
        }
        let resource = registry.resources[number]
        let root = SchemaScope(document: resource.document, node: resource.root, resource: number)
        if fragment.isEmpty { return Target(scope: root) }
        if fragment.utf8.first == UInt8(ascii: "/") {
            guard let pointer = JSONPointer(parsing: fragment), let scope = follow(pointer, from: root) else {
                throw context.error(.unresolvedReference, "the reference \(text) has no target", at: value)
            }
            return Target(scope: scope)
        }
        guard let anchor = resource.anchors[fragment] else {
            throw context.error(
                .unresolvedReference, "no $anchor \(fragment) exists in \(uri.withoutFragment)", at: value)
        }
        let scope = SchemaScope(document: resource.document, node: anchor.node, resource: number)
        return Target(scope: scope, dynamicAnchor: anchor.isDynamic ? fragment : nil)
    }

    /// Follows a JSON Pointer from a resource's root, crossing into embedded resources.
    private mutating func follow(_ pointer: JSONPointer, from root: SchemaScope) -> SchemaScope? {
        var scope = root
        for token in pointer.tokens {
            guard let next = inside(scope, token) else { return nil }
            scope = scope.child(next, in: registry)
        }
        return scope
    }
}
