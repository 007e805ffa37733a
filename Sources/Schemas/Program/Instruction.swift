/// One check of a schema.
struct Instruction {
    enum Operation: UInt8 {
        // All values.
        case const, enumeration
        /// a: block.
        case reference
        /// a: block of the static target; b: number of the anchor's name.
        case dynamicReference
        /// a: first link to a block; b: count.
        case allOf, anyOf, oneOf
        /// a: block.
        case not
        /// a: first of three links: if, then, else; -1 if absent.
        case conditional
        /// Of an update: holds where the value lacks a member that the schema names. a: block.
        case notIfGiven
        /// Of an update: where the value lacks a member that the condition names, one of both branches must hold. a: as
        /// ``conditional``. b: 0 if the condition depends on more than the named members.
        case conditionalIfGiven

        // Strings. a: length.
        case minLength, maxLength
        /// a: number of the pattern.
        case pattern
        /// a: raw value of the ``StringFormat``.
        case format

        // Numbers. The limit is the instruction's source.
        case minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf
        /// a: raw value of the ``BSONKind``.
        case bsonNumber

        // Arrays. a: count.
        case minItems, maxItems, uniqueItems
        /// a: first link to a block; b: count.
        case prefixItems
        /// a: block; b: first position it applies to.
        case items
        /// a: block; b: first of two links: minimum and maximum count (-1: none).
        case contains

        // Objects. a: count.
        case minProperties, maxProperties
        /// a: number of the ``ObjectPlan``.
        case members
        /// a: block.
        case propertyNames
        /// Names are read from the source: for lists too long for an ``ObjectPlan``.
        case required
        /// Names are read from the source.
        case dependentRequired
        /// a: block; the name is that of the source's member.
        case dependentSchema

        // After all others. a: block.
        case unevaluatedItems, unevaluatedProperties
    }

    let operation: Operation
    /// Node of the keyword's value in the block's document.
    let source: Int32
    var a: Int32 = 0
    var b: Int32 = 0
}
