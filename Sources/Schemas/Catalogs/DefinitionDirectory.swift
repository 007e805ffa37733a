import Documents

/// The definition files of one directory, compiled together.
struct DefinitionDirectory {
    let documents: [(file: String, document: JSONDocument)]

    init(_ documents: [(file: String, document: JSONDocument)]) { self.documents = documents }

    /// The definitions that are in order; what is wrong with the others goes into `errors`.
    func compile(_ errors: inout [SchemaError]) -> [Definition] {
        var definitions: [Definition] = []
        var owners: [String: String] = [:]
        for (position, (file, document)) in documents.enumerated() {
            do {
                let found = try MetaSchema.errors(in: document, file: file)
                guard found.isEmpty else {
                    errors.append(contentsOf: found)
                    continue
                }
                let definition = try Definition.compile(document, file: file, registry: registry(without: position))
                if let other = owners.updateValue(file, forKey: definition.catalog) {
                    errors.append(
                        SchemaError(
                            .duplicate, "\(other) defines \(definition.catalog), too; keep one of the two", file: file))
                }
                definitions.append(definition)
            } catch {
                errors.append(error)
            }
        }
        return definitions
    }

    /// What a file may refer to: the others. One that cannot be added is reported by itself.
    private func registry(without position: Int) -> SchemaRegistry {
        var registry = SchemaRegistry()
        for (other, (file, document)) in documents.enumerated() where other != position {
            let uri = "urn:promo-gateway:file:" + SchemaURI.encodingForPath(file)
            try? registry.add(document, retrievalURI: uri, file: file)
        }
        return registry
    }
}
