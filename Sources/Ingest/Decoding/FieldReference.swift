internal import JSON
internal import Schemas

/// A foreign key: a field that must hold the key of an existing record in another catalog (`x-ref`, `x-ref-policy`).
package struct FieldReference: Sendable, Equatable {
    package let field: String
    package let catalog: String
    /// Collection of the referenced records; nil for an undefined catalog, which has none.
    package let collection: String?
    /// Whether a missing record rejects the item; otherwise it is only a warning.
    package let isRequired: Bool
    /// Whether its value is not shown.
    package let isSecret: Bool

    /// The enforced references of a definition; usually none.
    static func enforced(by definition: Definition, catalogs: Catalogs) -> [FieldReference] {
        definition.fields.compactMap { field in
            guard let catalog = field.reference, field.referencePolicy != .none else { return nil }
            return FieldReference(
                field: field.name, catalog: catalog, collection: catalogs[catalog]?.collection,
                isRequired: field.referencePolicy == .reject, isSecret: field.isSecret)
        }
    }
}
