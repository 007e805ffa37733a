package import Mappings
package import Schemas

/// The further records of a message's items: one kind for each `mongodb` target with fields, with its definition as it was
/// when the message was decoded.
package struct FurtherCatalogs: Sendable {
    package struct Kind: Sendable {
        package let shape: RecordShape
        package let definition: Definition
        /// References of the definition that are enforced.
        package let references: [FieldReference]
    }

    package let kinds: [Kind]
    /// What new keys depend on besides the message, where that may be intended twice; never given before.
    let seed: UInt64
}
