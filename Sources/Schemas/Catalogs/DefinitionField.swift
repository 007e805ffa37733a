/// One property that a definition names.
package struct DefinitionField: Sendable, Equatable {
    /// What happens where the record referred to is absent.
    package enum ReferencePolicy: String, Sendable { case none, warn, reject }

    package let name: String
    package let bson: BSONKind
    /// Whether null is a value of its own here.
    package let isNullable: Bool
    /// Whether an insert must have it.
    package let isRequired: Bool
    package let isKey: Bool
    /// Whether the value is kept out of logs, errors and pages.
    package let isSecret: Bool
    /// The catalog whose key the value is.
    package let reference: String?
    package let referencePolicy: ReferencePolicy
    /// The keywords at its schema that a value of it can break, in order.
    package let rules: [String]
    package let title: String?
    package let description: String?
}
