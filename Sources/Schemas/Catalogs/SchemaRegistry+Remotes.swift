import JSON

extension SchemaRegistry {
    /// Adds the files of a directory, each under `base` plus its name, and under its `$id`.
    ///
    /// Files that cannot be added, and duplicates, are skipped and reported.
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
