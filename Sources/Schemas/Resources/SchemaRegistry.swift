package import JSON

/// JSON Schema resources by URI, from which programs are compiled.
///
/// Every referenced schema must be registered: nothing is read from disk or network. The meta-schemas of draft 2020-12
/// and of the definition dialect are built in.
package struct SchemaRegistry: Sendable {
    private(set) var documents: [SchemaDocument] = []
    private(set) var resources: [SchemaResource] = []
    private var known: [String: Int] = [:]

    /// A registry with only the meta-schemas.
    package init() { self = Self.withMetaSchemas }

    private init(empty: Void) {}

    private static let withMetaSchemas: SchemaRegistry = {
        var registry = SchemaRegistry(empty: ())
        let parser = JSONParser()
        for file in EmbeddedFile.metaSchemas {
            do {
                let document = try parser.parse(copying: file.bytes)
                try registry.add(document, retrievalURI: "urn:promo-gateway:meta-schema:\(file.name)", file: nil)
            } catch {
                preconditionFailure("\(file.name): \(error)")
            }
        }
        return registry
    }()

    /// Adds every resource of a document.
    ///
    /// - Parameters:
    ///   - retrievalURI: URI of the document besides its `$id`, and base of a relative `$id`.
    ///   - file: display name.
    package mutating func add(_ document: JSONDocument, retrievalURI: String, file: String?) throws(SchemaError) {
        if document.hasDuplicateNames { throw SchemaDocument(json: document, file: file).repeatedName() }
        var indexing = SchemaIndexing(
            document: SchemaDocument(json: document, file: file), number: documents.count,
            firstResource: resources.count, retrievalURI: SchemaURI(retrievalURI).withoutFragment)
        try indexing.run()
        var names = known
        for (offset, resource) in indexing.resources.enumerated() {
            guard names.updateValue(resources.count + offset, forKey: resource.uri) == nil else {
                throw indexing.document.error(
                    .duplicate, "a schema with the $id \(resource.uri) exists already; give each its own",
                    at: resource.root)
            }
        }
        if let root = names[indexing.resources[0].uri], names[indexing.retrievalURI] == nil {
            names[indexing.retrievalURI] = root
        }
        known = names
        resources.append(contentsOf: indexing.resources)
        documents.append(indexing.document)
    }

    /// The number of the resource with a URI (without fragment).
    func resource(named uri: String) -> Int? { known[uri] }

    /// The vocabularies of a resource's dialect.
    func vocabularies(of resource: SchemaResource) throws(SchemaError) -> Vocabularies {
        guard let dialect = resource.dialect else { return .draft202012 }
        let uri = SchemaURI(dialect).withoutFragment
        if uri == Vocabularies.draft202012URI { return .draft202012 }
        guard let number = known[uri] else {
            throw documents[resource.document].error(
                .unknownDialect,
                "no dialect \(dialect) is known; write \"$schema\": \"\(Vocabularies.draft202012URI)\", or add its meta-schema",
                at: resource.root)
        }
        return try declaredVocabularies(of: resources[number], for: resource)
    }

    private func declaredVocabularies(
        of metaSchema: SchemaResource, for resource: SchemaResource
    ) throws(SchemaError) -> Vocabularies {
        var unknown: String?
        let declared: Vocabularies? = documents[metaSchema.document].json.withNode(metaSchema.root) { root in
            guard let vocabulary = root["$vocabulary"], vocabulary.isObject else { return nil }
            var set: Vocabularies = .core
            for (name, required) in vocabulary.members {
                let uri = String(decoding: name.utf8, as: UTF8.self)
                if let one = Vocabularies(uri: uri) {
                    set.insert(one)
                } else if required.bool == true {
                    unknown = uri
                }
            }
            return set
        }
        if let unknown {
            throw documents[resource.document].error(
                .unknownVocabulary,
                "the dialect \(metaSchema.uri) requires the vocabulary \(unknown), which is not known",
                at: resource.root)
        }
        return declared ?? .draft202012
    }
}
