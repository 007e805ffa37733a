import Documents

extension Catalogs {
    /// Fields with an `x-ref` to a catalog that nobody defined, one error each. No reason to refuse a definition: the
    /// catalog may be a dynamic one that comes later.
    package var unknownReferences: [SchemaError] {
        var errors: [SchemaError] = []
        for definition in all {
            for field in definition.fields {
                guard let reference = field.reference, self[reference] == nil else { continue }
                let near = nearest(to: reference).map { "; did you mean \($0)?" } ?? ""
                errors.append(
                    SchemaError(
                        .unresolvedReference,
                        "the field \(field.name) refers to \(reference), which is not defined\(near)",
                        file: definition.file, pointer: JSONPointer(["properties", field.name, "x-ref"])))
            }
        }
        return errors
    }
}
