import JSON

extension Catalogs {
    /// Returns this table with the definitions of a directory added; they replace definitions of the same catalog.
    ///
    /// Every file is also validated against the meta-schema of definitions. Files may refer to one another by `$id`.
    package func adding(files: [DefinitionFile]) throws(SchemaErrors) -> Catalogs {
        let parser = JSONParser()
        var errors: [SchemaError] = []
        var documents: [(file: String, document: JSONDocument)] = []
        for file in files {
            do {
                documents.append((file.name, try file.parse(with: parser)))
            } catch {
                errors.append(error)
            }
        }
        let checked = DefinitionDirectory(documents: documents).compile(&errors)
        var byCatalog: [String: Definition] = [:]
        for definition in all { byCatalog[definition.catalog] = definition }
        for definition in checked { byCatalog[definition.catalog] = definition }
        let definitions = byCatalog.values.sorted { $0.catalog < $1.catalog }
        errors.append(contentsOf: Self.sharedCollections(definitions))
        guard errors.isEmpty else { throw SchemaErrors(errors: errors) }
        return Catalogs(definitions)
    }

    /// Reports catalogs that share a collection: they would overwrite each other's records.
    private static func sharedCollections(_ definitions: [Definition]) -> [SchemaError] {
        var owners: [String: Definition] = [:]
        var errors: [SchemaError] = []
        for definition in definitions {
            if let other = owners[definition.collection] {
                errors.append(.sharedCollection(definition, with: other.catalog))
            } else {
                owners[definition.collection] = definition
            }
        }
        return errors
    }
}

extension SchemaError {
    static func sharedCollection(_ definition: Definition, with other: String) -> SchemaError {
        SchemaError(
            .duplicate,
            "\(definition.catalog) and \(other) are both stored in the collection \(definition.collection); name another"
                + " with x-collection", file: definition.file)
    }
}
