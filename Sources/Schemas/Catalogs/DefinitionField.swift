/// A top-level property of a definition.
package struct DefinitionField: Sendable, Equatable {
    /// What to do when the referenced record does not exist.
    package enum ReferencePolicy: String, Sendable { case none, warn, reject }

    /// How the value of a U or IU is put together with the stored one, instead of replacing it.
    package enum Merge: String, Sendable, CaseIterable {
        case sum, min, max, append, firstWins

        /// Types of the values it works on; nil: all.
        var kinds: [BSONKind]? {
            switch self {
            case .sum: [.long, .decimal]
            case .min, .max: [.long, .double, .decimal, .date, .string]
            case .append: [.array]
            case .firstWins: nil
            }
        }
    }

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
    /// Nil: the value replaces the stored one.
    package let merge: Merge?
    /// Keywords of its schema that a value can violate, in order.
    package let rules: [String]
    package let title: String?
    package let description: String?
}
