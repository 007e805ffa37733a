/// One check of a schema.
struct Instruction {
    enum Operation: UInt8 {
        // All values.
        case const, enumeration
        /// a: block.
        case reference
        /// a: block that the reference leads to by itself; b: number of the anchor's name.
        case dynamicReference
        /// a: first link to a block; b: how many.
        case allOf, anyOf, oneOf
        /// a: block.
        case not
        /// a: first of three links: if, then, else; -1 where there is none.
        case conditional

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
        /// a: first link to a block; b: how many.
        case prefixItems
        /// a: block; b: the first position it is for.
        case items
        /// a: block; b: first of two links: the least and the greatest number (-1: any).
        case contains

        // Objects. a: count.
        case minProperties, maxProperties
        /// a: number of the ``ObjectPlan``.
        case members
        /// a: block.
        case propertyNames
        /// The names are read from the source: for lists too long for an ``ObjectPlan``.
        case required
        /// The names are read from the source.
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
