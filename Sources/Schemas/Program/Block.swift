/// One compiled schema: its type constraints and the range of its instructions.
///
/// Instructions are sorted by the kind of value they apply to, so that only relevant ones run: `general ..< string` for
/// all values, `string ..< number` for strings, and so on.
struct Block {
    struct Flags: OptionSet {
        let rawValue: UInt8
        /// Numbers must be integers.
        static let integer = Flags(rawValue: 1)
        /// The schema is `false`.
        static let never = Flags(rawValue: 2)
        /// The value must not be shown.
        static let secret = Flags(rawValue: 4)
        /// Has unevaluatedItems or unevaluatedProperties.
        static let unevaluated = Flags(rawValue: 8)
        /// Has keywords that say how the value is stored.
        static let storage = Flags(rawValue: 16)
    }

    /// One bit for each accepted ``JSONKind``.
    var types: UInt8 = Block.allTypes
    /// One bit for each ``JSONKind`` that needs checks beyond its type.
    var work: UInt8 = 0
    var flags: Flags = []
    /// The stored BSON kind, for messages.
    var bson: BSONKind?

    var general: Int32 = 0
    var string: Int32 = 0
    var number: Int32 = 0
    var array: Int32 = 0
    var object: Int32 = 0
    var unevaluated: Int32 = 0
    var end: Int32 = 0

    /// Number of its resource in the registry; `$dynamicRef` resolves by it.
    var resource: Int32 = 0
    /// Document and node of the schema, and the node of its `type` (-1: none), for messages.
    var document: Int32 = 0
    var source: Int32 = 0
    var typeSource: Int32 = -1

    static let allTypes: UInt8 = 0x7F
}
