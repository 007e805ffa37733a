import JSON

/// Compiles the definition files of one directory together.
struct DefinitionDirectory {
    let documents: [(file: String, document: JSONDocument)]

    /// Returns the valid definitions; appends the errors of the others to `errors`.
    func compile(_ errors: inout [SchemaError]) -> [Definition] {
        var definitions: [Definition] = []
        var owners: [String: String] = [:]
        let registry = sharedRegistry(&errors)
        for (file, document) in documents {
            do {
                let uri = Definition.uri(ofFile: file)
                // A file that could not be added is already reported.
                guard registry.resource(named: uri) != nil else { continue }
                let found = try registry.definitionErrors(of: uri)
                guard let definition = compile(document, file: file, uri: uri, in: registry, found, &errors) else {
                    continue
                }
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

    /// Compiles one definition. On failure reports the compiler's error first (the most precise), then the remaining
    /// meta-schema errors.
    private func compile(
        _ document: JSONDocument, file: String, uri: String, in registry: SchemaRegistry, _ found: [SchemaError],
        _ errors: inout [SchemaError]
    ) -> Definition? {
        do throws(SchemaError) {
            let definition = try Definition.compile(document, file: file, uri: uri, in: registry)
            errors.append(contentsOf: found)
            return found.isEmpty ? definition : nil
        } catch {
            errors.append(error)
            errors.append(contentsOf: found.filter { $0.position != error.position })
            return nil
        }
    }

    /// A registry of all files, so that they can refer to one another and to the shipped definitions.
    private func sharedRegistry(_ errors: inout [SchemaError]) -> SchemaRegistry {
        let own = Set(documents.compactMap { $0.document.withRoot { $0["$id"]?.string } })
        var registry = SchemaRegistry.withDefinitions(except: own)
        for (file, document) in documents {
            do {
                try registry.add(document, retrievalURI: Definition.uri(ofFile: file), file: file)
            } catch {
                errors.append(error)
            }
        }
        return registry
    }
}
