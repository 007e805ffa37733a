import JSON

extension Catalogs {
    /// Fields whose `x-ref` names an undefined catalog, one error each. Only a warning: the catalog may be a dynamic
    /// one that is added later.
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
