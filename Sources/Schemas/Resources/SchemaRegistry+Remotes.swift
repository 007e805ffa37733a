import Documents

extension SchemaRegistry {
    /// Adds the files of a directory, each known by `base` and its name, and by its `$id`.
    ///
    /// What cannot be added is left out and told; so is a second schema of one name.
    package mutating func add(files: [DefinitionFile], base: String) -> [SchemaError] {
        let parser = JSONParser()
        var errors: [SchemaError] = []
        for file in files {
            do {
                let document = try file.parse(with: parser)
                try add(document, retrievalURI: base + file.name, file: file.name)
            } catch {
                errors.append(error)
            }
        }
        return errors
    }
}
