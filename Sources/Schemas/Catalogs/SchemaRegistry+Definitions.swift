import JSON

extension SchemaRegistry {
    /// A registry with the shipped definitions, except those of these `$id`s: a file that replaces one may keep its
    /// `$id`.
    static func withDefinitions(except ids: Set<String>) -> SchemaRegistry {
        ids.isDisjoint(with: definitionIDs) ? allDefinitions : definitions(except: ids)
    }

    private static let allDefinitions = definitions(except: [])
    private static let definitionIDs = Set(EmbeddedFile.definitions.map { id(of: $0) })

    private static func id(of file: EmbeddedFile) -> String {
        DefinitionHeader.dialect + ":" + file.name.replacing(".json", with: "")
    }

    private static func definitions(except ids: Set<String>) -> SchemaRegistry {
        var registry = SchemaRegistry()
        let parser = JSONParser()
        for file in EmbeddedFile.definitions where !ids.contains(id(of: file)) {
            do {
                let document = try DefinitionFile.parse(file.bytes, name: file.name, with: parser)
                try registry.add(
                    document, retrievalURI: "urn:promo-gateway:shipped:\(file.name)", file: file.name)
            } catch {
                preconditionFailure("\(file.name): \(error)")
            }
        }
        return registry
    }
}
