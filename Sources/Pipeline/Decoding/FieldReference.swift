internal import Documents
internal import Schemas

/// A field whose value is the key of a record in another catalog, and must be there (`x-ref`, `x-ref-policy`).
package struct FieldReference: Sendable, Equatable {
    package let field: String
    package let catalog: String
    /// Where the records referred to are; nil where nobody defined that catalog, and so none can be there.
    package let collection: String?
    /// Whether an item is rejected; otherwise it is only told.
    package let isRequired: Bool

    /// Those of a definition that are enforced; mostly none.
    static func enforced(by definition: Definition, catalogs: Catalogs) -> [FieldReference] {
        definition.fields.compactMap { field in
            guard let catalog = field.reference, field.referencePolicy != .none else { return nil }
            return FieldReference(
                field: field.name, catalog: catalog, collection: catalogs[catalog]?.collection,
                isRequired: field.referencePolicy == .reject)
        }
    }
}
