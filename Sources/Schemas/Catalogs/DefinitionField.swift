/// A top-level property of a definition.
package struct DefinitionField: Sendable, Equatable {
    /// What to do when the referenced record does not exist.
    package enum ReferencePolicy: String, Sendable { case none, warn, reject }

    package let name: String
    package let bson: BSONKind
    /// Whether null is a valid value.
    package let isNullable: Bool
    /// Whether an insert requires it.
    package let isRequired: Bool
    package let isKey: Bool
    /// Whether its value is hidden from logs, errors and pages.
    package let isSecret: Bool
    /// The catalog whose key this field holds.
    package let reference: String?
    package let referencePolicy: ReferencePolicy
    /// Keywords of its schema that a value can violate, in order.
    package let rules: [String]
    package let title: String?
    package let description: String?
}
